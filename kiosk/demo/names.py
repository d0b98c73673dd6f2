"""What the demo's devices are called in its kiosk.toml."""

PRINTER = "ticket-printer"
SCANNER = "desk-scanner"
CAMERA = "desk-camera"
BUTTONS = "face-buttons"
VOICE = "kiosk-voice"
