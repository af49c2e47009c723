#pragma once

namespace signet::contract {

// What Envoy 1.40.0 sent to Check, byte for byte, in base64, for
//   curl 'http://127.0.0.1:18088/api/orders?x=1' -H 'Host: api.example.com' -H 'X-Signet-Subject:
//   root'
//        -H 'X-Signet-Subject: admin' -H 'Accept-Language: de'
// with deploy/gateways/envoy.yaml, in which each field stands as it came,
inline constexpr char kEnvoyRawHeaders[] =
    "CvgDChMKEQoPEgkxMjcuMC4wLjEYzNEDEhMKEQoPEgkxMjcuMC4wLjEYqI0BIscDCgwIkK2e2AYQwI2TigEStgMK"
    "FDE3OTQ3MTc1MDY1MDAwMzIzMTg2EgNHRVQiDy9hcGkvb3JkZXJzP3g9MSoPYXBpLmV4YW1wbGUuY29tMgRodHRw"
    "UghIVFRQLzEuMWrmAgodCgo6YXV0aG9yaXR5Gg9hcGkuZXhhbXBsZS5jb20KGAoFOnBhdGgaDy9hcGkvb3JkZXJz"
    "P3g9MQoOCgc6bWV0aG9kGgNHRVQKDwoHOnNjaGVtZRoEaHR0cAoZCgp1c2VyLWFnZW50GgtjdXJsLzcuODguMQoN"
    "CgZhY2NlcHQaAyovKgoYChB4LXNpZ25ldC1zdWJqZWN0GgRyb290ChkKEHgtc2lnbmV0LXN1YmplY3QaBWFkbWlu"
    "ChUKD2FjY2VwdC1sYW5ndWFnZRoCZGUKHAoPeC1mb3J3YXJkZWQtZm9yGgkxOTIuMC4yLjIKGQoReC1mb3J3YXJk"
    "ZWQtcHJvdG8aBGh0dHAKJQoYeC1lbnZveS1leHRlcm5hbC1hZGRyZXNzGgkxMjcuMC4wLjEKNAoMeC1yZXF1ZXN0"
    "LWlkGiRjNDFjYWJiYy1jZDFlLTQ0YmYtOTg5ZC00YmFiMWIyODM2ZmFaAGoA";

// and with encode_raw_headers: false, in which fields of one name are joined.
inline constexpr char kEnvoyJoinedHeaders[] =
    "CuADChMKEQoPEgkxMjcuMC4wLjEY0o8DEhMKEQoPEgkxMjcuMC4wLjEYqY0BIq8DCgwIkK2e2AYQyPPjkgESngMK"
    "FDE3NzM1NjkzOTMzNDUxNTQ2NTgwEgNHRVQaGQoReC1mb3J3YXJkZWQtcHJvdG8SBGh0dHAaHQoKOmF1dGhvcml0"
    "eRIPYXBpLmV4YW1wbGUuY29tGg4KBzptZXRob2QSA0dFVBoPCgc6c2NoZW1lEgRodHRwGhkKCnVzZXItYWdlbnQS"
    "C2N1cmwvNy44OC4xGjQKDHgtcmVxdWVzdC1pZBIkNDM2Yjg5NjAtMjRkOS00MjFjLThkZmQtZWRjNjQxODg0ZjMz"
    "GiUKGHgtZW52b3ktZXh0ZXJuYWwtYWRkcmVzcxIJMTI3LjAuMC4xGhwKD3gtZm9yd2FyZGVkLWZvchIJMTkyLjAu"
    "Mi4yGg0KBmFjY2VwdBIDKi8qGh4KEHgtc2lnbmV0LXN1YmplY3QSCnJvb3QsYWRtaW4aFQoPYWNjZXB0LWxhbmd1"
    "YWdlEgJkZRoYCgU6cGF0aBIPL2FwaS9vcmRlcnM/eD0xIg8vYXBpL29yZGVycz94PTEqD2FwaS5leGFtcGxlLmNv"
    "bTIEaHR0cFIISFRUUC8xLjFaAGoA";

}  // namespace signet::contract
