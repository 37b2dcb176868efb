// keycloak-js in a page; the test puts `settings` there beforehand, and reads `keycloak` and `happened`.
import Keycloak from '/modules/keycloak-js/lib/keycloak.js'

const { config, init } = window.settings
const keycloak = new Keycloak(config)
window.keycloak = keycloak
window.happened = []
for (const name of ['onAuthSuccess', 'onAuthError', 'onAuthRefreshSuccess', 'onAuthLogout', 'onTokenExpired']) {
  keycloak[name] = () => window.happened.push(name)
}
const state = document.getElementById('state')
try {
  state.textContent = await keycloak.init(init) ? 'signed in' : 'signed out'
} catch (error) {
  state.textContent = `failed: ${error?.message ?? JSON.stringify(error)}`
}
