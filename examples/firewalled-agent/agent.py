"""Stands for the agent: asks the one service that it may reach, and prints the answer."""

import os
import urllib.request

service = f"http://{os.environ['SERVICE_ADDRESS']}:{os.environ.get('SERVICE_PORT', '443')}/"
print(urllib.request.urlopen(service, timeout=5).read().decode(), end="")
