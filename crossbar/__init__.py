"""Arrays of cells with their periphery: exact (oracle), hosted (aihwkit), write schemes, ledger. Imports only device_models."""
