"""Builds the services of button panels and audio devices from their configuration; nothing is opened yet."""

from collections.abc import Callable, Sequence

from kiosk.clock import Clock
from kiosk.devices.audio import AudioOptions, AudioOutput
from kiosk.devices.audio_service import AudioService, Prompt
from kiosk.devices.button_service import ButtonService, PressSink
from kiosk.devices.buttons import ButtonOptions, ButtonPanel
from kiosk.devices.registry import BuildContext, DeviceConfig, find_driver
from kiosk.devices.speech import CachedSpeech, Speech, SpeechOptions

Context = Callable[[str], BuildContext]


def button_service(config: DeviceConfig, context: Context, sink: PressSink, clock: Clock) -> ButtonService:
    """The service of a button panel. A driver whose options are none of ours gets the defaults."""
    options = config.options if isinstance(config.options, ButtonOptions) else ButtonOptions()

    def panel() -> ButtonPanel:
        made: ButtonPanel = config.driver.build(config.options, context(config.name))
        return made

    return ButtonService(config.name, panel, options, sink, clock)


def audio_service(
    config: DeviceConfig, context: Context, prompts: Sequence[Prompt], clock: Clock, told: Callable[[bool], object]
) -> AudioService:
    """The service of an audio device, with the speech engine that its options name. Raises ConfigError for an unknown one."""
    options = config.options if isinstance(config.options, AudioOptions) else AudioOptions()

    def output() -> AudioOutput:
        made: AudioOutput = config.driver.build(config.options, context(config.name))
        return made

    return AudioService(config.name, output, options, _speech(config.name, options, context), prompts, clock, told)


def _speech(name: str, options: AudioOptions, context: Context) -> CachedSpeech | None:
    if not options.speech:
        return None
    driver = find_driver(options.speech, "speech")

    def engine() -> Speech:
        made: Speech = driver.build(SpeechOptions(wpm=options.speech_wpm), context(name))
        return made

    return CachedSpeech(engine, lambda: context(name).cache_dir / "speech")
