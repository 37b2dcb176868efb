# The provider alone, as an unprivileged user. Settings come as IDP_… variables or in a mounted file (`idp serve --config`);
# nothing in the image is a secret.
FROM python:3.13-slim AS build
WORKDIR /source
COPY pyproject.toml README.md ./
COPY idp idp
COPY themes themes
COPY migrations migrations
RUN python -m venv /opt/idp && /opt/idp/bin/pip install --no-cache-dir --disable-pip-version-check .

FROM python:3.13-slim
RUN useradd --uid 10001 --user-group --create-home --home-dir /var/lib/idp --shell /usr/sbin/nologin idp
COPY --from=build /opt/idp /opt/idp
ENV PATH=/opt/idp/bin:$PATH PYTHONUNBUFFERED=1 IDP_HOST=0.0.0.0
USER 10001:10001
WORKDIR /var/lib/idp
EXPOSE 8080 8443 9000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s CMD ["python", "-c", "import os, urllib.request as u; \
u.urlopen('http://127.0.0.1:%s/health/ready' % os.environ.get('IDP_MANAGEMENT_PORT', '9000'), timeout=4)"]
ENTRYPOINT ["idp"]
CMD ["serve"]
