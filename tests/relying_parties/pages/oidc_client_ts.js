// oidc-client-ts in a page that is also where all its answers come back to; the test puts `settings` there beforehand, and
// uses `manager` and `happened`.
const { IndexedDbDPoPStore, UserManager, WebStorageStateStore } = window.oidc

const manager = new UserManager({
  redirect_uri: `${location.origin}/oidc_client_ts.html`,
  silent_redirect_uri: `${location.origin}/oidc_client_ts.html`,
  post_logout_redirect_uri: `${location.origin}/oidc_client_ts.html`,
  userStore: new WebStorageStateStore({ store: window.sessionStorage }),
  ...window.settings,
  dpop: window.settings.dpop && { bind_authorization_code: true, store: new IndexedDbDPoPStore() }
})
window.manager = manager
window.happened = []
for (const name of ['UserLoaded', 'UserSignedOut', 'UserSessionChanged', 'SilentRenewError', 'AccessTokenExpired']) {
  manager.events[`add${name}`](() => window.happened.push(name))
}
const state = document.getElementById('state')
try {
  const answer = new URLSearchParams(location.search)
  if (answer.has('state')) {
    await manager.signinCallback()
    if (window.parent === window) history.replaceState(null, '', location.pathname)
  }
  state.textContent = await manager.getUser() ? 'signed in' : 'signed out'
} catch (error) {
  state.textContent = `failed: ${error.message}`
}
