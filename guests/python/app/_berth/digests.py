"""What `hashlib` takes from OpenSSL and nowhere else."""

import hashlib
import hmac


def pbkdf2_hmac(hash_name, password, salt, iterations, dklen=None):
    """Password based key derivation function 2 (PKCS #5 v2.0) with HMAC as pseudorandom function."""
    if iterations < 1:
        raise ValueError("iteration value must be greater than 0.")
    size = hashlib.new(hash_name).digest_size
    dklen = size if dklen is None else dklen
    if dklen < 1:
        raise ValueError("key length must be greater than 0.")
    keyed, derived = hmac.new(password, digestmod=hash_name), b""
    # RFC 8018, 5.2: what is keyed with the password is made once.
    for block in range(1, -(-dklen // size) + 1):
        part = keyed.copy()
        part.update(salt + block.to_bytes(4, "big"))
        last = part.digest()
        total = int.from_bytes(last, "big")
        for _ in range(iterations - 1):
            part = keyed.copy()
            part.update(last)
            last = part.digest()
            total ^= int.from_bytes(last, "big")
        derived += total.to_bytes(size, "big")
    return derived[:dklen]


def prepare():
    if not hasattr(hashlib, "pbkdf2_hmac"):
        hashlib.pbkdf2_hmac = pbkdf2_hmac
