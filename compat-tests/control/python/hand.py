"""samsa in a test's hand, from Python: the few lines that HTTP takes. SAMSA_CONTROL is the address that samsa prints."""
import json
import os
import urllib.error
import urllib.request

CONTROL = os.environ["SAMSA_CONTROL"]


def ask(method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(CONTROL + path, data, {"content-type": "application/json"}, method=method)
    try:
        with urllib.request.urlopen(request) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        raise AssertionError(json.load(error)["error"]) from error


class rule:
    """`with rule(api="Produce", error="NOT_LEADER_OR_FOLLOWER", times=2) as fault:` … it is taken away at the end."""

    def __init__(self, **what):
        self.id = ask("POST", "/rules", what)["id"]

    def hit(self, hits=1):
        return ask("POST", f"/rules/{self.id}/wait", {"hits": hits})["hits"]

    def hits(self):
        return ask("GET", f"/rules/{self.id}")["hits"]

    def release(self):
        ask("POST", f"/rules/{self.id}/release")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        ask("DELETE", f"/rules/{self.id}")


def records(topic, count, which=""):
    return [each["value"] for each in ask("GET", f"/topics/{topic}/records?count={count}{which}")]
