"""HTTP to servers on this machine: httpx, but for the certificates that it reads on every call, which takes 30 ms."""

from functools import partial

import httpx

Client = partial(httpx.Client, verify=False)
get = partial(httpx.get, verify=False)
options = partial(httpx.options, verify=False)
post = partial(httpx.post, verify=False)
request = partial(httpx.request, verify=False)
stream = partial(httpx.stream, verify=False)
