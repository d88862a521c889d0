"""The same behind the gateway of a deployment, with `THREADS` threads."""

import os

from benchmarks.site.wsgi import application as site
from config.gateway import THREADS, Gateway

application = Gateway(site, threads=int(os.environ.get("THREADS", THREADS)))
