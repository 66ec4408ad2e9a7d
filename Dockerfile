# The final stage holds the files that its COPY lines name and nothing else: no shell, no package manager, no git.
# test/image lays out the same files in an empty directory and runs the program in there.
FROM --platform=$BUILDPLATFORM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG TARGETOS
ARG TARGETARCH
ARG VERSION=dev
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -buildvcs=false \
      -ldflags "-s -w -X github.com/bumpboat/bumpboat/cmd.version=$VERSION" -o /out/bumpboat ./cmd/bumpboat && \
    mkdir /out/tmp

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /usr/local/go/lib/time/zoneinfo.zip /usr/share/zoneinfo.zip
COPY --from=build /src/LICENSE /LICENSE
COPY --from=build --chown=65532:65532 /out/tmp /tmp
COPY --from=build /out/bumpboat /bumpboat
# Go's time package reads time zones from this file; there is no /usr/share/zoneinfo here.
ENV ZONEINFO=/usr/share/zoneinfo.zip
ARG VERSION=dev
ARG REVISION=unknown
ARG CREATED=unknown
LABEL org.opencontainers.image.title="bumpboat" \
      org.opencontainers.image.description="Keeps the container images of a GitOps repository up to date" \
      org.opencontainers.image.url="https://github.com/bumpboat/bumpboat" \
      org.opencontainers.image.source="https://github.com/bumpboat/bumpboat" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.created="$CREATED"
# A number, so that Kubernetes can see that it is not root without looking into /etc/passwd, which is not there.
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/bumpboat"]
