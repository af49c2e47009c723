"""Chromium without a screen, driven by the DevTools protocol over two pipes: Python's library is enough."""
import base64
import json
import os
import select
import subprocess
import time


class Browser:
    """One page. `trouble` has whatever the browser says against it: breaches of its policy, errors."""

    def __init__(self, scratch, patience):
        self.patience, self.last, self.buffer, self.events = patience, 0, b"", []
        self.trouble = []
        ours_in, theirs_out = os.pipe()
        theirs_in, ours_out = os.pipe()
        self.reader, self.writer = ours_in, ours_out
        self.process = subprocess.Popen(
            ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
             "--no-first-run", "--disable-extensions", "--disable-background-networking", "--hide-scrollbars",
             "--disable-component-update", "--remote-debugging-pipe", f"--user-data-dir={scratch}/chromium",
             "about:blank"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=open(scratch / "chromium.log", "wb"),
            preexec_fn=lambda: self.give(theirs_in, theirs_out), close_fds=False,
            env=os.environ | {"HOME": str(scratch), "XDG_CONFIG_HOME": str(scratch)})
        os.close(theirs_in)
        os.close(theirs_out)
        self.session = None
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network", "Security"):
            self.ask(domain + ".enable")
        self.ask("Security.setIgnoreCertificateErrors", ignore=True)

    @staticmethod
    def give(reads, writes):
        """Chromium takes 3 to read from and 4 to write to."""
        high = [os.dup(reads), os.dup(writes)]
        while min(high) < 10:
            high = [os.dup(one) for one in high]
        os.dup2(high[0], 3, inheritable=True)
        os.dup2(high[1], 4, inheritable=True)

    def end(self):
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def receive(self, ends):
        while b"\0" not in self.buffer:
            if time.monotonic() > ends or self.process.poll() is not None:
                raise SystemExit("the browser does not answer")
            if select.select([self.reader], [], [], 1)[0]:
                self.buffer += os.read(self.reader, 1 << 20)
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def ask(self, method, **parameters):
        self.last += 1
        message = {"id": self.last, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.writer, json.dumps(message).encode() + b"\0")
        ends = time.monotonic() + self.patience
        while (answer := self.receive(ends)).get("id") != self.last:
            self.hear(answer)
        if "error" in answer:
            raise SystemExit(f"{method}: {answer['error']}")
        return answer["result"]

    def hear(self, event):
        name, what = event.get("method"), event.get("params", {})
        if name == "Log.entryAdded" and what["entry"]["level"] in ("error", "warning"):
            self.trouble.append(f"{what['entry']['source']}: {what['entry']['text']} {what['entry'].get('url', '')}")
        elif name == "Runtime.exceptionThrown":
            self.trouble.append(f"exception: {what['exceptionDetails']['text']}")
        elif name == "Network.loadingFailed" and not what.get("canceled"):
            self.trouble.append(f"not loaded: {what['errorText']} {what.get('blockedReason', '')}")
        elif name == "Page.loadEventFired":
            self.loaded = True

    def until_loaded(self, act):
        """Does something that leads to another page, and waits until that is there."""
        self.loaded = False
        act()
        ends = time.monotonic() + self.patience
        while not self.loaded:
            self.hear(self.receive(ends))

    def go(self, url):
        self.until_loaded(lambda: self.ask("Page.navigate", url=url))

    def value(self, expression):
        result = self.ask("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in result:
            raise SystemExit(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def fill(self, **fields):
        """Fills the form of the page, and sends it."""
        for name, text in fields.items():
            self.value(f"document.querySelector('main input[name={name}]').value = {json.dumps(text)}")
        self.until_loaded(lambda: self.value("document.querySelector('main form').requestSubmit()"))

    def look_like(self, width, scheme):
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1,
                 mobile=width < 500)
        self.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def picture(self, path):
        data = self.ask("Page.captureScreenshot", format="png", captureBeyondViewport=True)["data"]
        path.write_bytes(base64.b64decode(data))
