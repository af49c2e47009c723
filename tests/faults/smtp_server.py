#!/usr/bin/python3
"""smtp_server.py PORT FOLDER [--tls CERT KEY USER PASSWORD]

A real SMTP server on 127.0.0.1 that misbehaves as FOLDER/mode says, read at each command: ok, later
(451 to the recipient), never (550 to the recipient), slow (takes the mail and answers after 30 s),
cut (the connection breaks in the middle of the message). Every mail that it answered for is a line
"<message id> <recipient>" of FOLDER/taken, written before the answer. With --tls it wants STARTTLS
and a login before mail."""

import asyncio
import email
import ssl
import sys

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

port, folder = int(sys.argv[1]), sys.argv[2]
tls = sys.argv[4:8] if len(sys.argv) > 3 else None


def mode():
    try:
        with open(folder + "/mode") as file:
            return file.read().strip()
    except FileNotFoundError:
        return "ok"


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if mode() == "later":
            return "451 come back"
        if mode() == "never":
            return "550 nobody here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if mode() == "slow":
            await asyncio.sleep(30)
            return "451 too late"
        message = email.message_from_bytes(envelope.content)
        with open(folder + "/last.eml", "wb") as file:
            file.write(envelope.content)
        with open(folder + "/taken", "a") as file:  # last: who sees the line finds the mail
            file.write(message["Message-ID"] + " " + envelope.rcpt_tos[0] + "\n")
        return "250 taken"


class Server(SMTP):
    async def smtp_DATA(self, arg):
        if mode() != "cut":
            return await super().smtp_DATA(arg)
        await self.push("354 go on")
        await self._reader.readline()
        self.transport.abort()


class Port(Controller):
    def factory(self):
        options = {}
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tls[0], tls[1])
            options = {
                "tls_context": context,
                "require_starttls": True,
                "auth_required": True,
                "authenticator": lambda server, session, envelope, mechanism, data: AuthResult(
                    success=(data.login, data.password) == (tls[2].encode(), tls[3].encode())
                ),
            }
        return Server(self.handler, enable_SMTPUTF8=True, **options)


Port(Handler(), hostname="127.0.0.1", port=port).start()
print("listening", flush=True)
asyncio.new_event_loop().run_forever()
