// openid-client 6 behind a few functions; what a client remembers between two steps stays here, by its client_id.
import * as client from 'openid-client'
import { Agent, fetch as undiciFetch } from 'undici'
import { serve } from './puppet.mjs'

const clients = new Map()

const METHODS = {
  none: () => client.None(),
  client_secret_basic: ({ secret }) => client.ClientSecretBasic(secret),
  client_secret_post: ({ secret }) => client.ClientSecretPost(secret),
  client_secret_jwt: ({ secret }) => client.ClientSecretJwt(secret),
  private_key_jwt: ({ signingKey }) => client.PrivateKeyJwt(signingKey),
  tls_client_auth: () => client.TlsClientAuth(),
  self_signed_tls_client_auth: () => client.TlsClientAuth()
}

await serve({
  async discover({ issuer, clientId, secret, method, metadata = {}, key, tls, dpop = false, checkSignatures = true }) {
    const signingKey = key && await importKey(key)
    const config = await client.discovery(
      new URL(issuer), clientId, { client_secret: secret, ...metadata }, METHODS[method]({ secret, signingKey }),
      { execute: [client.allowInsecureRequests], [client.customFetch]: tls && fetchWith(tls) }
    )
    if (checkSignatures) client.enableNonRepudiationChecks(config)
    const keyPair = dpop ? await client.randomDPoPKeyPair('ES256') : undefined
    const options = keyPair ? { DPoP: client.getDPoPHandle(config, keyPair) } : {}
    clients.set(clientId, { config, options, signingKey })
    return config.serverMetadata()
  },

  async authorize({ clientId, parameters = {}, pushed = false, signed = false, dpopBound = false }) {
    const { config, options, signingKey } = clients.get(clientId)
    const checks = {
      pkceCodeVerifier: client.randomPKCECodeVerifier(),
      expectedState: client.randomState(),
      expectedNonce: client.randomNonce(),
      maxAge: parameters.max_age === undefined ? undefined : Number(parameters.max_age)
    }
    clients.get(clientId).checks = checks
    const sent = {
      code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
      code_challenge_method: 'S256',
      state: checks.expectedState,
      nonce: checks.expectedNonce,
      ...parameters
    }
    let url
    if (signed) {
      url = await client.buildAuthorizationUrlWithJAR(config, sent, signingKey)
      if (pushed) url = await client.buildAuthorizationUrlWithPAR(config, url.searchParams, options)
    } else if (pushed) {
      url = await client.buildAuthorizationUrlWithPAR(config, sent, dpopBound ? options : {})
    } else {
      url = client.buildAuthorizationUrl(config, sent)
    }
    return url.href
  },

  async redeem({ clientId, url, form }) {
    const { config, checks, options } = clients.get(clientId)
    // An answer by form_post comes as the request that the browser sends.
    const answer = form
      ? new Request(url, { method: 'POST', body: new URLSearchParams(form) })
      : new URL(url)
    const tokens = await client.authorizationCodeGrant(config, answer, checks, undefined, options)
    return { ...tokens, claims: tokens.claims() }
  },

  async refresh({ clientId, refreshToken, parameters }) {
    const { config, options } = clients.get(clientId)
    const tokens = await client.refreshTokenGrant(config, refreshToken, parameters, options)
    return { ...tokens, claims: tokens.claims() }
  },

  async userinfo({ clientId, accessToken, subject }) {
    const { config, options } = clients.get(clientId)
    return await client.fetchUserInfo(config, accessToken, subject, options)
  },

  async credentials({ clientId, parameters }) {
    const { config, options } = clients.get(clientId)
    return await client.clientCredentialsGrant(config, parameters, options)
  },

  async exchange({ clientId, parameters }) {
    const { config, options } = clients.get(clientId)
    const grant = 'urn:ietf:params:oauth:grant-type:token-exchange'
    return await client.genericGrantRequest(config, grant, parameters, options)
  },

  async introspect({ clientId, token }) {
    return await client.tokenIntrospection(clients.get(clientId).config, token)
  },

  async revoke({ clientId, token }) {
    await client.tokenRevocation(clients.get(clientId).config, token)
  },

  logoutUrl({ clientId, parameters }) {
    return client.buildEndSessionUrl(clients.get(clientId).config, parameters).href
  },

  async beginDevice({ clientId, parameters }) {
    const known = clients.get(clientId)
    known.device = await client.initiateDeviceAuthorization(known.config, parameters)
    return known.device
  },

  async pollDevice({ clientId }) {
    const { config, device, options } = clients.get(clientId)
    // The person has decided already: there is nothing to wait for before the first question.
    const decided = { ...device, interval: 0 }
    const tokens = await client.pollDeviceAuthorizationGrant(config, decided, undefined, options)
    return { ...tokens, claims: tokens.claims() }
  },

  async registerClient({ issuer, metadata, initialAccessToken }) {
    const config = await client.dynamicClientRegistration(
      new URL(issuer), metadata, undefined, { execute: [client.allowInsecureRequests], initialAccessToken }
    )
    const registered = config.clientMetadata()
    clients.set(registered.client_id, { config, options: {} })
    return registered
  }
})

async function importKey({ jwk, alg }) {
  const parameters = {
    RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
    PS256: { name: 'RSA-PSS', hash: 'SHA-256' },
    ES256: { name: 'ECDSA', namedCurve: 'P-256' },
    EdDSA: { name: 'Ed25519' }
  }[alg]
  return { key: await crypto.subtle.importKey('jwk', jwk, parameters, false, ['sign']), kid: jwk.kid }
}

function fetchWith({ certificate, key, authority }) {
  // Names under localhost are this machine (RFC 6761 section 6.3), which not every resolver knows.
  const lookup = (_name, options, done) =>
    options.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4)
  const dispatcher = new Agent({ connect: { cert: certificate, key, ca: authority, lookup } })
  return (url, options) => undiciFetch(url, { ...options, dispatcher })
}
