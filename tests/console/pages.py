"""R-601, R-509: the status console, as people see it.

A real server with some traffic and a real browser: somebody logs in by the form, looks at every page, and
finds data in every chart. The browser finds nothing against a page's own policy, no page is wider than a
telephone, and no name that a stranger chose is markup. Pictures of all of them stay in PICTURES.
usage: pages.py SOURCE_DIR SIGNETD PICTURES"""
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(sys.argv[1])
sys.path.insert(0, str(ROOT / "tests/observability"))

from browser import Browser  # noqa: E402
from programs import PATIENCE, Program, certificate, start_server  # noqa: E402
from traffic import PASSWORD, Traffic  # noqa: E402

SCRIPT = "<script>alert(1)</script>"
ADMIN = "root@admin.example"
EMPTY_CHARTS = """[...document.querySelectorAll('svg[data-points]')]
    .filter(svg => !(svg.dataset.points > 0)).map(svg => svg.getAttribute('aria-label'))"""
UNTOLD = """[...document.querySelectorAll('main svg:not([aria-hidden])')]
    .filter(svg => svg.getAttribute('role') != 'img' || !svg.getAttribute('aria-label')).length"""


def bootstrap(signetd, scratch):
    (scratch / "password").write_text(PASSWORD + "\n")
    with open(scratch / "password") as password:
        subprocess.run([signetd, "bootstrap", "--dev", "--state-dir", scratch / "state", "--email", ADMIN,
                        "--password-fd", str(password.fileno())], pass_fds=[password.fileno()], check=True,
                       stdout=subprocess.DEVNULL)


def verifier(traffic):
    """A service that follows the key set, under a name of its choice, for as long as it has not hung up."""
    message = b"\x0a\x04v-01" + b"\x12" + bytes([len(SCRIPT)]) + SCRIPT.encode()
    service = subprocess.Popen(
        ["curl", "--silent", "--http2", "--no-buffer", "--cacert", traffic.authority, "--request", "POST",
         "--header", "content-type: application/grpc", "--header", "te: trailers", "--upload-file", "-",
         "--output", "/dev/null", f"https://{traffic.grpc}/signet.v1.TokenService/WatchKeySet"],
        stdin=subprocess.PIPE, preexec_fn=Program.with_its_parent)
    service.stdin.write(b"\0" + len(message).to_bytes(4, "big") + message)
    service.stdin.flush()
    return service


class Look:
    def __init__(self, browser, url, pictures):
        self.browser, self.url, self.pictures, self.problems, self.count = browser, url, pictures, [], 0

    def check(self, holds, problem):
        if not holds:
            self.problems.append(problem)

    def shot(self, name):
        for width, scheme in ((1280, "light"), (390, "dark")):
            self.browser.look_like(width, scheme)
            wide = self.browser.value("document.documentElement.scrollWidth > innerWidth")
            self.check(not wide, f"{name}: wider than {width} pixels")
            self.browser.picture(self.pictures / f"{name}-{scheme}.png")
        self.browser.look_like(1280, "light")

    def log_in(self, email):
        self.browser.go(self.url + "/console")
        self.check(self.browser.value("!!document.querySelector('input[name=password]')"), "there is no form")
        self.browser.fill(email=email, password=PASSWORD)

    def page(self, path, traffic):
        """Until everything on it has something to show."""
        name = path.removeprefix("/console").strip("/").replace("/", "-") or "overview"
        ends = time.monotonic() + PATIENCE
        while True:
            self.browser.go(f"{self.url}{path}?live=off")
            empty = self.browser.value(EMPTY_CHARTS)
            if not empty or time.monotonic() > ends:
                break
            traffic()
        self.check(not empty, f"{name}: no data in {empty}")
        charts = self.browser.value("document.querySelectorAll('main svg[role=img]').length")
        self.count += charts
        self.check(charts > 0 or name == "replicas", f"{name}: there is no chart")
        self.check(self.browser.value(UNTOLD) == 0, f"{name}: a picture without words")
        self.check(self.browser.value("document.scripts.length") == 0, f"{name}: a script")
        self.shot(name)


def answer_to(url, authority, **fields):
    """The status of a request without a browser."""
    import ssl
    request = urllib.request.Request(url, headers=fields)
    try:
        with urllib.request.urlopen(request, timeout=20, context=ssl.create_default_context(cafile=authority)) as got:
            return got.status
    except urllib.error.HTTPError as refusal:
        return refusal.code


def look(url, traffic, browser, pictures):
    look_ = Look(browser, url, pictures)
    browser.look_like(1280, "light")
    browser.go(url + "/console")
    look_.shot("login")
    browser.fill(email=ADMIN, password="not the password")
    look_.check("wrong" in browser.value("document.querySelector('[role=alert]').textContent"), "no word of refusal")
    look_.check(browser.value("document.querySelector('input[name=email]').value") == ADMIN, "the address is lost")
    look_.shot("refused")
    # Without a session 401 is the answer, which the browser notes as an error.
    browser.trouble = [line for line in browser.trouble if "401" not in line]
    look_.log_in(ADMIN)
    look_.check(browser.value("document.querySelector('h1').textContent") == "Overview", "nobody is logged in")
    cookies = browser.ask("Network.getCookies")["cookies"]
    kept = [(c["name"], c["httpOnly"], c["secure"], c.get("sameSite")) for c in cookies]
    look_.check(kept == [("__Host-signet-console", True, True, "Strict")], f"cookies: {kept}")
    numbers = iter(range(1, 1000))
    paths = browser.value("[...document.querySelectorAll('nav a')].map(a => a.getAttribute('href'))")
    look_.check(len(paths) == 8, f"the navigation has {paths}")
    for path in paths + ["/console/rpc/TokenService/Refresh"]:
        look_.page(path, lambda: traffic.round(next(numbers)))
    browser.go(url + "/console/keys")
    look_.check(SCRIPT in browser.value("document.body.textContent"), "the verifier is not shown")
    browser.until_loaded(lambda: None)  # by itself, after five seconds
    for token, expected in (("", 401), (traffic.login("person0")["tokens"]["accessToken"], 403)):
        got = answer_to(url + "/console/keys", traffic.authority, Authorization="Bearer " + token)
        look_.check(got == expected, f"{got} instead of {expected}")
    browser.until_loaded(lambda: browser.value("document.querySelector('form.leave').requestSubmit()"))
    look_.check(browser.value("!!document.querySelector('input[name=password]')"), "nobody is logged out")
    look_.check(not browser.ask("Network.getCookies")["cookies"], "a cookie is left")
    browser.trouble = [line for line in browser.trouble if "401" not in line]
    look_.log_in("person0@people.example")
    look_.check("console.read" in browser.value("document.body.textContent"), "no word of the permission")
    look_.shot("not-permitted")
    look_.problems += [line for line in browser.trouble if "401" not in line and "403" not in line]
    print(f"pages: {len(paths) + 1} pages, {look_.count} charts, {len(look_.problems)} problems")
    return look_.problems


def main():
    signetd, pictures = sys.argv[2], pathlib.Path(sys.argv[3])
    pictures.mkdir(parents=True, exist_ok=True)
    running = []
    with tempfile.TemporaryDirectory(prefix="signet-console-") as folder:
        scratch = pathlib.Path(folder)
        scratch.chmod(0o711)  # PostgreSQL runs as another user, where this is root
        os.environ["SIGNET_CONSOLE_ENABLED"] = "true"
        try:
            files = certificate(scratch)
            server, address = start_server(signetd, scratch, files)
            running.append(server.end)
            bootstrap(signetd, scratch)
            traffic = Traffic(address["http"], address["grpc"], files[0], scratch)
            running.append(Program(traffic.watch(), scratch / "watch.log").end)
            running.append(verifier(traffic).terminate)
            browser = Browser(scratch, PATIENCE)
            running.append(browser.end)
            traffic.round(0)
            problems = look(f"https://{address['http']}", traffic, browser, pictures)
        finally:
            ended = [end() for end in reversed(running)]
    if ended[-1] != 0:
        problems.append(f"signetd ended with {ended[-1]}")
    for problem in problems:
        print(problem)
    sys.exit(1 if problems else 0)


main()
