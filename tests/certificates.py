"""Certificates made for one test by the `openssl` command: good, expired, of another name."""

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

_CONFIG = """
[req]
distinguished_name = name
[name]
[ext]
subjectAltName = {names}
"""


def server_context(folder: Path, *, names: str, days: int) -> ssl.SSLContext:
    """Return a server's context with a self-made certificate for these names.

    `names` as openssl writes them ("IP:127.0.0.1"); negative `days` have it expired. It
    lies in `folder` as cert.pem, for those who are to trust it.
    """
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("the openssl command is not installed: no certificates can be made")
    config = folder / "openssl.cnf"
    config.write_text(_CONFIG.format(names=names))
    request, key, cert = (folder / name for name in ("req.pem", "key.pem", "cert.pem"))
    make_key = [
        openssl, "req", "-new", "-newkey", "ec", "-pkeyopt",
        "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", str(key), "-out",
        str(request), "-subj", "/CN=rehearsal", "-config", str(config),
    ]  # fmt: skip
    subprocess.run(make_key, check=True, capture_output=True)
    database = folder / "index.txt"
    database.write_text("")
    (folder / "serial").write_text("01\n")
    authority = folder / "ca.cnf"
    authority.write_text(
        "[ca]\ndefault_ca = here\n[here]\n"
        f"database = {database}\nserial = {folder / 'serial'}\n"
        f"new_certs_dir = {folder}\ndefault_md = sha256\npolicy = any\n"
        "[any]\ncommonName = supplied\n"
    )
    sign = [
        openssl, "ca", "-batch", "-notext", "-selfsign", "-config", str(authority),
        "-keyfile", str(key), "-in", str(request), "-out", str(cert),
        "-extfile", str(config), "-extensions", "ext",
    ]  # fmt: skip
    past = ["-startdate", "20200101000000Z", "-enddate", "20200201000000Z"]
    dates = ["-days", str(days)] if days > 0 else past
    subprocess.run([*sign, *dates], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context
