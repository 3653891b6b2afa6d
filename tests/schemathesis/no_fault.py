"""The one thing looked for: an answer that says we broke.

Schemathesis calls every error of a field a server error. Ours say by their code whose fault they are.
"""

import schemathesis


@schemathesis.check
def no_fault(ctx, response, case):
    assert response.status_code < 500, f"status {response.status_code}"
    codes = [error["extensions"]["code"] for error in response.json().get("errors", [])]
    assert "INTERNAL" not in codes, f"a fault: {codes}"
