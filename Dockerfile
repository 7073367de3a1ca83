# An image that only carries the binary, to copy it from: COPY --from=abdicate /abdicate /abdicate
FROM scratch
COPY dist/abdicate /abdicate
ENTRYPOINT ["/abdicate", "--"]
