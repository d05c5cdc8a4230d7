# One image for `rejoinder serve` and `rejoinder worker`; storage is a server of its own.
FROM python:3.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/rejoinder
ENV PATH=/opt/rejoinder/bin:$PATH
WORKDIR /src
# The dependencies first: they change less often than the code.
COPY requirements.lock requirements-build.lock ./
RUN pip install --require-hashes -r requirements.lock
# What builds the package has a place of its own: it is not part of the image.
RUN python -m venv /opt/build \
    && /opt/build/bin/pip install --require-hashes -r requirements-build.lock
COPY pyproject.toml README.md LICENSE ./
COPY classifiers classifiers
COPY moderation moderation
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
    && pip install --no-deps --no-index /wheels/*.whl

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin rejoinder \
    && install -d -o rejoinder -g rejoinder -m 0700 /data
COPY --from=build /opt/rejoinder /opt/rejoinder
ENV PATH=/opt/rejoinder/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    REJOINDER_DATA_DIR=/data
USER rejoinder
WORKDIR /data
EXPOSE 8000
CMD ["rejoinder", "serve", "--host", "0.0.0.0", "--port", "8000"]
