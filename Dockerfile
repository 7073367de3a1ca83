# An image that only carries the binary, made from this clone: docker build --tag abdicate .
# To copy it from: COPY --from=abdicate /abdicate /abdicate
ARG BUILD=rust:1-trixie
FROM ${BUILD} AS build
RUN command -v npm || (apt-get update && apt-get install -y --no-install-recommends nodejs npm && rm -rf /var/lib/apt/lists/*)
WORKDIR /src
COPY . .
RUN ["make", "build"]

FROM scratch
COPY --from=build /src/dist/abdicate /abdicate
ENTRYPOINT ["/abdicate", "--"]
