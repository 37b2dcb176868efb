"""Set-up of common frameworks, written with an application's own values, each quoted as the file it goes into wants it."""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from string import Template
from urllib.parse import urlsplit

from idp.clients.kinds import NATIVE, SERVICE, SINGLE_PAGE, WEB

UNKNOWN_SECRET = "THE-CLIENT-SECRET"  # noqa: S105 (what stands where the secret goes)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What guides are written with; `secret` is empty where it is not known any more."""

    issuer: str
    client_id: str
    secret: str
    redirect_uris: tuple[str, ...]
    scope: str


@dataclass(frozen=True)
class Guide:
    """One framework's: where the text goes, and the text."""

    key: str
    title: str
    file: str
    text: str


def write_guides(kind: str, facts: Facts) -> list[Guide]:
    """Return the guides for applications of that kind."""
    values = _quote(facts)
    return [
        Guide(key, title, file, template.substitute(values)) for key, title, file, template in _GUIDES.get(kind, ())
    ]


def _quote(facts: Facts) -> Mapping[str, str]:
    """Return the values as JSON strings, which JavaScript, Python, YAML, TOML and Apache read alike; `sh_…` are a shell's words."""
    redirect_uri = next(iter(facts.redirect_uris), "https://app.example.org/callback")
    parts = urlsplit(redirect_uri)
    values = {
        "issuer": facts.issuer,
        "discovery": f"{facts.issuer}/.well-known/openid-configuration",
        "client_id": facts.client_id,
        "secret": facts.secret or UNKNOWN_SECRET,
        "redirect_uri": redirect_uri,
        "redirect_path": parts.path or "/",
        "origin": f"{parts.scheme}://{parts.netloc}",
        "scope": facts.scope,
    } | {f"{name}_endpoint": f"{facts.issuer}/protocol/openid-connect/{path}" for name, path in _ENDPOINTS}
    quoted = {name: json.dumps(value) for name, value in values.items()}
    shell = {f"sh_{name}": shlex.quote(value) for name, value in values.items()}
    joined = {
        name: shlex.quote(f"{argument}={values[value]}")
        for name, argument, value in (
            ("kube_issuer", "--exec-arg=--oidc-issuer-url", "issuer"),
            ("kube_client", "--exec-arg=--oidc-client-id", "client_id"),
            ("form_scope", "scope", "scope"),
        )
    }
    basic = shlex.quote(f"{facts.client_id}:{values['secret']}")
    return {**quoted, **shell, **joined, "basic": basic, "scopes": json.dumps(facts.scope.split())}


_ENDPOINTS = (("authorization", "auth"), ("token", "token"), ("userinfo", "userinfo"), ("keys", "certs"))

_EXPRESS = Template("""\
// npm install openid-client express express-session passport
import * as oidc from "openid-client"
import { Strategy } from "openid-client/passport"
import passport from "passport"

const secret = $secret
const config = await oidc.discovery(
  new URL($issuer), $client_id, secret, oidc.ClientSecretBasic(secret))

passport.use("oidc", new Strategy(
  { config, scope: $scope, callbackURL: $redirect_uri },
  (tokens, done) => done(null, tokens.claims())))
passport.serializeUser((user, done) => done(null, user))
passport.deserializeUser((user, done) => done(null, user))

// After express-session and passport.session():
app.get("/login", passport.authenticate("oidc"))
app.get($redirect_path, passport.authenticate("oidc", { successRedirect: "/" }))
""")
_NEXT = Template("""\
// npm install next-auth@beta; set AUTH_SECRET, and register https://…/api/auth/callback/countersign
import NextAuth from "next-auth"

export const { handlers, auth, signIn, signOut } = NextAuth({
  providers: [{
    id: "countersign",
    name: "Countersign",
    type: "oidc",
    issuer: $issuer,
    clientId: $client_id,
    clientSecret: $secret,
    authorization: { params: { scope: $scope } },
    checks: ["pkce", "state", "nonce"],
  }],
})
""")
_SPRING = Template("""\
# spring-boot-starter-oauth2-client; register https://…/login/oauth2/code/countersign
spring:
  security:
    oauth2:
      client:
        registration:
          countersign:
            client-id: $client_id
            client-secret: $secret
            authorization-grant-type: authorization_code
            scope: $scopes
        provider:
          countersign:
            issuer-uri: $issuer
            user-name-attribute: sub
# PKCE is sent by Spring Security 7. Before it: a DefaultOAuth2AuthorizationRequestResolver with
# setAuthorizationRequestCustomizer(OAuth2AuthorizationRequestCustomizers.withPkce())
""")
_ASP_NET = Template("""\
// dotnet add package Microsoft.AspNetCore.Authentication.OpenIdConnect
builder.Services
    .AddAuthentication(options =>
    {
        options.DefaultScheme = CookieAuthenticationDefaults.AuthenticationScheme;
        options.DefaultChallengeScheme = OpenIdConnectDefaults.AuthenticationScheme;
    })
    .AddCookie()
    .AddOpenIdConnect(options =>
    {
        options.Authority = $issuer;
        options.ClientId = $client_id;
        options.ClientSecret = $secret;
        options.ResponseType = "code";
        options.CallbackPath = $redirect_path;
        options.MapInboundClaims = false;
        options.Scope.Clear();
        foreach (var scope in $scope.Split(' ')) options.Scope.Add(scope);
    });
""")
_DJANGO = Template("""\
# pip install mozilla-django-oidc; register https://…/oidc/callback/
INSTALLED_APPS += ["mozilla_django_oidc"]
AUTHENTICATION_BACKENDS = ["mozilla_django_oidc.auth.OIDCAuthenticationBackend"]
LOGIN_URL = "oidc_authentication_init"
LOGIN_REDIRECT_URL = "/"

OIDC_RP_CLIENT_ID = $client_id
OIDC_RP_CLIENT_SECRET = $secret
OIDC_RP_SCOPES = $scope
OIDC_RP_SIGN_ALGO = "RS256"
OIDC_USE_PKCE = True
OIDC_OP_AUTHORIZATION_ENDPOINT = $authorization_endpoint
OIDC_OP_TOKEN_ENDPOINT = $token_endpoint
OIDC_OP_USER_ENDPOINT = $userinfo_endpoint
OIDC_OP_JWKS_ENDPOINT = $keys_endpoint
# urls.py: path("oidc/", include("mozilla_django_oidc.urls"))
""")
_AUTHLIB = Template("""\
# pip install authlib httpx itsdangerous
from authlib.integrations.starlette_client import OAuth

oauth = OAuth()
oauth.register(
    "countersign",
    client_id=$client_id,
    client_secret=$secret,
    server_metadata_url=$discovery,
    client_kwargs={"scope": $scope, "code_challenge_method": "S256"},
)
# To sign in: await oauth.countersign.authorize_redirect(request, $redirect_uri)
# At that address: token = await oauth.countersign.authorize_access_token(request)
""")
_PROXY = Template("""\
# oauth2-proxy.cfg; register https://…/oauth2/callback
provider = "oidc"
oidc_issuer_url = $issuer
client_id = $client_id
client_secret = $secret
scope = $scope
code_challenge_method = "S256"
email_domains = ["*"]
reverse_proxy = true
set_xauthrequest = true
cookie_secret = "MAKE-ONE: openssl rand -hex 16"

# nginx, in the server that is protected:
#   location /oauth2/ { proxy_pass http://127.0.0.1:4180; proxy_set_header Host $$host; }
#   location = /oauth2/auth { proxy_pass http://127.0.0.1:4180; proxy_pass_request_body off; proxy_set_header Content-Length ""; }
#   location / { auth_request /oauth2/auth; error_page 401 = /oauth2/sign_in; … }
""")
_APACHE = Template("""\
# a2enmod auth_openidc; the redirect URI is an address below the protected path that nothing else answers
OIDCProviderMetadataURL $discovery
OIDCClientID $client_id
OIDCClientSecret $secret
OIDCProviderTokenEndpointAuth client_secret_basic
OIDCRedirectURI $redirect_uri
OIDCScope $scope
OIDCPKCEMethod S256
OIDCRemoteUserClaim sub
OIDCCryptoPassphrase "MAKE-ONE: openssl rand -hex 32"

<Location "/">
    AuthType openid-connect
    Require valid-user
</Location>
""")
_BROWSER = Template("""\
// npm install oidc-client-ts
import { UserManager } from "oidc-client-ts"

const users = new UserManager({
  authority: $issuer,
  client_id: $client_id,
  redirect_uri: $redirect_uri,
  response_type: "code",
  scope: $scope,
})

// To sign in: await users.signinRedirect()
// At the redirect URI: const user = await users.signinCallback()
""")
_KUBELOGIN = Template("""\
# kubectl krew install oidc-login; register http://localhost:8000 as redirect URI, too
kubectl config set-credentials countersign \\
  --exec-api-version=client.authentication.k8s.io/v1 \\
  --exec-interactive-mode=IfAvailable \\
  --exec-command=kubectl \\
  --exec-arg=oidc-login \\
  --exec-arg=get-token \\
  $kube_issuer \\
  $kube_client \\
  --exec-arg=--oidc-pkce-method=S256

# The API server: --oidc-issuer-url=$sh_issuer --oidc-client-id=$sh_client_id
""")
_APP_AUTH = Template("""\
// build.gradle: implementation("net.openid:appauth:0.11.1"), with the scheme of the redirect URI as appAuthRedirectScheme
AuthorizationServiceConfiguration.fetchFromIssuer(Uri.parse($issuer)) { found, _ ->
    val request = AuthorizationRequest.Builder(
        found!!, $client_id, ResponseTypeValues.CODE, Uri.parse($redirect_uri)
    ).setScope($scope).build()
    startActivityForResult(service.getAuthorizationRequestIntent(request), SIGN_IN)
}
""")
_CURL = Template("""\
curl --user $basic \\
  --data grant_type=client_credentials \\
  --data-urlencode $form_scope \\
  $sh_token_endpoint
""")
_PYTHON = Template("""\
# pip install authlib httpx
from authlib.integrations.httpx_client import OAuth2Client

client = OAuth2Client($client_id, $secret, token_endpoint=$token_endpoint, scope=$scope)
client.fetch_token(grant_type="client_credentials")
answer = client.get("https://api.example.org/")
""")

_GUIDES: Mapping[str, tuple[tuple[str, str, str, Template], ...]] = {
    WEB: (
        ("express", "Express, openid-client", "auth.js", _EXPRESS),
        ("next", "Next.js, Auth.js", "auth.ts", _NEXT),
        ("spring", "Spring Boot", "application.yml", _SPRING),
        ("aspnet", "ASP.NET Core", "Program.cs", _ASP_NET),
        ("django", "Django, mozilla-django-oidc", "settings.py", _DJANGO),
        ("authlib", "FastAPI, Starlette: Authlib", "auth.py", _AUTHLIB),
        ("oauth2-proxy", "nginx, oauth2-proxy", "oauth2-proxy.cfg", _PROXY),
        ("apache", "Apache, mod_auth_openidc", "auth_openidc.conf", _APACHE),
    ),
    SINGLE_PAGE: (("oidc-client-ts", "JavaScript, oidc-client-ts", "auth.ts", _BROWSER),),
    NATIVE: (
        ("kubelogin", "kubectl, kubelogin", "sh", _KUBELOGIN),
        ("appauth", "Android, AppAuth", "SignIn.kt", _APP_AUTH),
    ),
    SERVICE: (
        ("curl", "curl", "sh", _CURL),
        ("python", "Python, Authlib", "client.py", _PYTHON),
    ),
}
