// oauth4webapi 3, the protocol's steps one by one: a client that checks each answer, and a resource server.
import * as oauth from 'oauth4webapi'
import { serve } from './puppet.mjs'

const insecure = { [oauth.allowInsecureRequests]: true }
const servers = new Map()
const attempts = new Map()

await serve({
  async discover({ issuer, algorithm }) {
    const url = new URL(issuer)
    const response = await oauth.discoveryRequest(url, { ...insecure, algorithm })
    const server = await oauth.processDiscoveryResponse(url, response)
    servers.set(issuer, server)
    return server
  },

  async begin({ issuer, clientId, redirectUri, parameters = {} }) {
    const attempt = {
      server: servers.get(issuer),
      client: { client_id: clientId },
      redirectUri,
      verifier: oauth.generateRandomCodeVerifier(),
      state: oauth.generateRandomState(),
      nonce: oauth.generateRandomNonce(),
      hybrid: parameters.response_type === 'code id_token'
    }
    attempts.set(clientId, attempt)
    const url = new URL(attempt.server.authorization_endpoint)
    url.search = new URLSearchParams({
      client_id: clientId,
      redirect_uri: redirectUri,
      response_type: 'code',
      state: attempt.state,
      nonce: attempt.nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(attempt.verifier),
      code_challenge_method: 'S256',
      ...parameters
    })
    return url.href
  },

  async finish({ clientId, secret, url, dpop = false, form }) {
    const attempt = attempts.get(clientId)
    const { server, client } = attempt
    const authentication = secret ? oauth.ClientSecretBasic(secret) : oauth.None()
    const keyPair = dpop ? await oauth.generateKeyPair('ES256', { extractable: false }) : undefined
    attempt.dpop = keyPair && oauth.DPoP(client, keyPair)
    const answer = await validate(attempt, url, form)
    const exchange = () => oauth.authorizationCodeGrantRequest(
      server, client, authentication, answer, attempt.redirectUri, attempt.verifier, { ...insecure, DPoP: attempt.dpop }
    )
    const tokens = await withNonce(exchange, async (response) => {
      const result = await oauth.processAuthorizationCodeResponse(server, client, response, {
        expectedNonce: attempt.nonce, requireIdToken: true
      })
      await oauth.validateApplicationLevelSignature(server, response, insecure)
      return result
    })
    return { ...tokens, claims: oauth.getValidatedIdTokenClaims(tokens) }
  },

  async userinfo({ clientId, accessToken, subject }) {
    const { server, client, dpop } = attempts.get(clientId)
    const ask = () => oauth.userInfoRequest(server, client, accessToken, { ...insecure, DPoP: dpop })
    return await withNonce(ask, (response) => oauth.processUserInfoResponse(server, client, subject, response))
  },

  // What a resource server does with a request that carries the token: RFC 9068 section 4, RFC 9449 section 7.1.
  async admit({ issuer, clientId, accessToken, audience, requireDPoP = false }) {
    const url = new URL('https://api.example/reports')
    let received
    const resource = async (address, options) => {
      received = new Request(address, { method: options.method, headers: options.headers })
      return new Response('ok')
    }
    await oauth.protectedResourceRequest(accessToken, 'GET', url, undefined, undefined, {
      DPoP: attempts.get(clientId)?.dpop, [oauth.customFetch]: resource
    })
    return await oauth.validateJwtAccessToken(servers.get(issuer), received, audience, { ...insecure, requireDPoP })
  }
})

async function validate({ server, client, nonce, state, hybrid }, url, form) {
  if (!hybrid) return oauth.validateAuthResponse(server, client, new URL(url), state)
  const answer = form ? new Request(url, { method: 'POST', body: new URLSearchParams(form) }) : new URL(url)
  return await oauth.validateCodeIdTokenResponse(server, client, answer, nonce, state, undefined, insecure)
}

// A server may ask for a nonce in the proof; the library has remembered it by then (RFC 9449 section 8).
async function withNonce(ask, process) {
  try {
    return await process(await ask())
  } catch (error) {
    if (!oauth.isDPoPNonceError(error)) throw error
    return await process(await ask())
  }
}
