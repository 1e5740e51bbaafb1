import subprocess
import sys

import analogdecor


def test_every_exported_name_exists():
    assert all(getattr(analogdecor, name) is not None for name in analogdecor.__all__)
    assert sorted(analogdecor.__all__) == analogdecor.__all__


def test_importing_the_package_does_not_import_the_device_simulator():
    """aihwkit takes seconds to import, and exact arrays need nothing of it."""
    code = "import sys, analogdecor; analogdecor.Trainer; print(*{name.split('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, capture_output=True, text=True)
    assert not {"aihwkit", "device_models", "experiments"} & set(done.stdout.split())
