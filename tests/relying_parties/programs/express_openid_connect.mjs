// An application made with express-openid-connect: its start page answers with who is signed in, as JSON.
import express from 'express'
import openid from 'express-openid-connect'
import { randomBytes } from 'node:crypto'
import { serve } from './puppet.mjs'

class Memory {
  #items = new Map()
  get(key, done) { done(null, this.#items.get(key)) }
  set(key, value, done) { this.#items.set(key, value); done(null) }
  destroy(key, done) { this.#items.delete(key); done(null) }
}

await serve({
  async start({ port, issuer, clientId, secret, method, backchannel = false, pushed = false }) {
    const app = express()
    app.use(openid.auth({
      issuerBaseURL: issuer,
      baseURL: `http://localhost:${port}`,
      clientID: clientId,
      clientSecret: secret,
      clientAuthMethod: method,
      secret: randomBytes(32).toString('hex'),
      session: { name: `session_${port}` }, // browsers send cookies to every port of a host
      authRequired: false,
      idpLogout: true,
      pushedAuthorizationRequests: pushed,
      authorizationParams: { response_type: 'code', scope: 'openid profile email offline_access' },
      backchannelLogout: backchannel && { store: new Memory() }
    }))
    app.get('/', (request, response) => {
      const { user, idTokenClaims } = request.oidc
      response.json({ signedIn: request.oidc.isAuthenticated(), user, claims: idTokenClaims })
    })
    app.get('/userinfo', async (request, response) => response.json(await request.oidc.fetchUserInfo()))
    app.get('/refresh', async (request, response) => {
      const before = request.oidc.refreshToken
      await request.oidc.accessToken.refresh()
      response.json({ rotated: request.oidc.refreshToken !== before, signedIn: request.oidc.isAuthenticated() })
    })
    app.use((error, _request, response, _next) => {
      response.status(error.status ?? 500).json({ error: error.message, code: error.error })
    })
    await new Promise((resolve, reject) => app.listen(port, '127.0.0.1', (error) => error ? reject(error) : resolve()))
  }
})
