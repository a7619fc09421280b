"""Certificates, as far as `SSLSocket.getpeercert` shows them."""

import base64
import ipaddress
import time

BEGIN, END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
SEQUENCE, SET, BOOLEAN, INTEGER, OBJECT, UTC_TIME, GENERALIZED_TIME = 0x30, 0x31, 0x01, 0x02, 0x06, 0x17, 0x18
NAMES = {
    "2.5.4.3": "commonName",
    "2.5.4.5": "serialNumber",
    "2.5.4.6": "countryName",
    "2.5.4.7": "localityName",
    "2.5.4.8": "stateOrProvinceName",
    "2.5.4.9": "streetAddress",
    "2.5.4.10": "organizationName",
    "2.5.4.11": "organizationalUnitName",
    "2.5.4.15": "businessCategory",
    "2.5.4.17": "postalCode",
    "1.2.840.113549.1.9.1": "emailAddress",
    "0.9.2342.19200300.100.1.25": "domainComponent",
}
ALTERNATIVE_NAMES = "2.5.29.17"


def to_pem(der):
    text = base64.standard_b64encode(der).decode()
    lines = (text[at : at + 64] for at in range(0, len(text), 64))
    return "\n".join((BEGIN, *lines, END, ""))


def from_pem(pem):
    parts = pem.decode("latin-1").split(BEGIN)[1:]
    return [base64.b64decode(part.split(END)[0]) for part in parts]


def _element(der, at):
    """Tag, start and end of the contents of what begins at `at`."""
    tag, length, at = der[at], der[at + 1], at + 2
    if length & 0x80:
        count = length & 0x7F
        length, at = int.from_bytes(der[at : at + count], "big"), at + count
    if at + length > len(der):
        raise ValueError("a certificate that ends too early")
    return tag, at, at + length


def _elements(der, start, end):
    while start < end:
        tag, inner, after = _element(der, start)
        yield tag, inner, after, start
        start = after


def split(der):
    """Certificates that follow each other."""
    return [der[start:after] for _, _, after, start in _elements(der, 0, len(der))]


def _object(der):
    numbers, value = [min(der[0] // 40, 2)], 0
    numbers.append(der[0] - 40 * numbers[0])
    for byte in der[1:]:
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            numbers.append(value)
            value = 0
    return ".".join(map(str, numbers))


def _name(der, start, end):
    relative = []
    for _, inner, after, _ in _elements(der, start, end):
        pairs = []
        for _, pair, pair_end, _ in _elements(der, inner, after):
            (_, a, b, _), (tag, c, d, _) = list(_elements(der, pair, pair_end))[:2]
            key = _object(der[a:b])
            text = der[c:d].decode("utf-16-be" if tag == 0x1E else "utf-8", "replace")
            pairs.append((NAMES.get(key, key), text))
        relative.append(tuple(pairs))
    return tuple(relative)


def _time(tag, text):
    text = text.decode("ascii")
    if tag == UTC_TIME:
        text = ("19" if text[0] >= "5" else "20") + text
    return time.strftime("%b %e %H:%M:%S %Y GMT", time.strptime(text, "%Y%m%d%H%M%SZ"))


def _alternative_names(der, start, end):
    found = []
    _, inner, after = _element(der, start)
    for tag, a, b, _ in _elements(der, inner, after):
        if tag == 0x82:
            found.append(("DNS", der[a:b].decode("latin-1")))
        elif tag == 0x87:
            found.append(("IP Address", str(ipaddress.ip_address(der[a:b])).upper()))
        elif tag == 0x81:
            found.append(("email", der[a:b].decode("latin-1")))
        elif tag == 0x86:
            found.append(("URI", der[a:b].decode("latin-1")))
    return tuple(found)


def describe(der):
    """What `getpeercert` answers."""
    _, start, end = _element(der, 0)
    _, start, end = _element(der, start)
    fields = list(_elements(der, start, end))
    version = 1
    if fields[0][0] == 0xA0:
        _, a, b = _element(der, fields[0][1])
        version = int.from_bytes(der[a:b], "big") + 1
        del fields[0]
    serial, _, issuer, validity, subject = fields[:5]
    serial = f"{int.from_bytes(der[serial[1] : serial[2]], 'big'):X}"
    before, after = list(_elements(der, validity[1], validity[2]))[:2]
    described = {
        "subject": _name(der, subject[1], subject[2]),
        "issuer": _name(der, issuer[1], issuer[2]),
        "version": version,
        "serialNumber": serial.rjust(len(serial) + len(serial) % 2, "0"),
        "notBefore": _time(before[0], der[before[1] : before[2]]),
        "notAfter": _time(after[0], der[after[1] : after[2]]),
    }
    for tag, inner, _, _ in fields[6:]:
        if tag != 0xA3:
            continue
        _, start, end = _element(der, inner)
        for _, a, b, _ in _elements(der, start, end):
            parts = list(_elements(der, a, b))
            if _object(der[parts[0][1] : parts[0][2]]) == ALTERNATIVE_NAMES:
                described["subjectAltName"] = _alternative_names(der, parts[-1][1], parts[-1][2])
    return described
