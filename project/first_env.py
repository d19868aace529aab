"""Write the first `.env` (`make setup`): fresh keys, DEBUG off, this machine only. An existing file stays as it is.

`--print` only shows fresh keys and writes nothing.
"""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path

from cryptography.fernet import Fernet

from project.environment import FOLDER

PAGE = """\
# Orderbridge on this machine; every variable is explained in .env.example.
# Keep a copy of FIELD_ENCRYPTION_KEYS: without it the stored shop connections cannot be opened again.
SECRET_KEY={secret_key}
FIELD_ENCRYPTION_KEYS={encryption_key}
DEBUG=false
ALLOWED_HOSTS=localhost,127.0.0.1
PUBLIC_URL=http://127.0.0.1:8000
"""


def fresh_keys() -> dict[str, str]:
    return {"SECRET_KEY": secrets.token_urlsafe(50), "FIELD_ENCRYPTION_KEYS": Fernet.generate_key().decode()}


def write(path: Path) -> bool:
    """Whether a file was written. It is readable by its owner only, and never half written."""
    if path.exists():
        return False
    keys = fresh_keys()
    page = PAGE.format(secret_key=keys["SECRET_KEY"], encryption_key=keys["FIELD_ENCRYPTION_KEYS"])
    draft = path.with_name(f"{path.name}.{os.getpid()}.draft")
    draft.touch(mode=0o600)
    draft.write_text(page)
    try:
        os.link(draft, path)  # fails where another set-up was faster, and then its keys stand
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True


if __name__ == "__main__":
    if "--print" in sys.argv[1:]:  # for a machine that has the image and no Python
        print("\n".join(f"{name}={value}" for name, value in fresh_keys().items()))
    elif write(FOLDER / ".env"):
        print("Wrote .env with fresh keys.")
