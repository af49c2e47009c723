# Fetches Wycheproof's published test vectors (github.com/C2SP/wycheproof, Apache-2.0) from the Go
# module proxy, which keeps a version for ever:
#   cmake -D TO=build/wycheproof -P tests/fetch_vectors.cmake
set(version v0.0.0-20260902155932-3fa63dd0344a)
set(sha256 2bf812135610eccf6edd097546789499a3bbe6a1f71aa7a03915fd707d64d5d9)
set(archive "${TO}.zip")
file(DOWNLOAD "https://proxy.golang.org/github.com/c2sp/wycheproof/@v/${version}.zip" "${archive}"
     EXPECTED_HASH SHA256=${sha256} TLS_VERIFY ON INACTIVITY_TIMEOUT 60)
file(ARCHIVE_EXTRACT INPUT "${archive}" DESTINATION "${TO}.partial" PATTERNS "*/testvectors_v1/*.json")
file(RENAME "${TO}.partial/github.com/c2sp/wycheproof@${version}/testvectors_v1" "${TO}")
file(REMOVE_RECURSE "${archive}" "${TO}.partial")
