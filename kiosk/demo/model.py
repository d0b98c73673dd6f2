"""The kinds of printer that the simulator can be: paper, characters, and what each can say about itself."""

from dataclasses import dataclass

DOTS_PER_MM = 8  # 203 dpi, the resolution of nearly every receipt printer


@dataclass(frozen=True, slots=True)
class PrinterModel:
    """One kind of receipt printer.

    *encoding* is ``gb18030``, ``gbk``, ``big5`` or ``utf-8``. *chinese_at_start* says whether Chinese mode is on after
    power-up and ``ESC @``; manuals differ, and the stricter printer needs ``FS &`` each time. The evidence flags name the
    commands that it answers. Without *knows_sized* it knows no command of the form ``GS ( X``, and prints what is in one as
    characters. *speed_mm_s* 0 prints instantly; *buffer_bytes* is its receive buffer.
    """

    name: str = "tcp-80"
    paper_width_mm: int = 80
    encoding: str = "gb18030"
    chinese_at_start: bool = False
    answers_dle_eot: bool = True
    answers_gs_r: bool = True
    answers_process_id: bool = False
    answers_asb: bool = False
    answers_identity: bool = True
    init_ends_asb: bool = True  # some printers forget GS a at every ESC @
    native_barcode: bool = True
    native_qr: bool = True
    knows_sized: bool = True
    cutter: bool = True
    speed_mm_s: float = 0.0
    buffer_bytes: int = 65536

    @property
    def dots(self) -> int:
        """Dots across the head: 576 on 80 mm paper, 384 on 58 mm."""
        return 576 if self.paper_width_mm >= 76 else 384


MODELS: dict[str, PrinterModel] = {
    model.name: model
    for model in (
        # Epson TM class: names the finished job (GS ( H fn 48).
        PrinterModel("process-id-80", answers_process_id=True, answers_asb=True),
        # DLE EOT, ASB and GS r, as SNBC and SPRT document for serial and USB.
        PrinterModel("tcp-80", answers_asb=True),
        # Many Chinese network printers: DLE EOT alone.
        PrinterModel("status-80", answers_gs_r=False, answers_identity=False),
        # Nothing ever comes back, on 80 mm paper (klirichek/zj-58#2).
        PrinterModel("silent-80", answers_dle_eot=False, answers_gs_r=False, answers_identity=False),
        PrinterModel("status-58", paper_width_mm=58, answers_gs_r=False, answers_identity=False, cutter=False),
        # The cheapest: also narrow, without QR and cutter, and with a small buffer.
        PrinterModel(
            "silent-58",
            paper_width_mm=58,
            encoding="gbk",
            chinese_at_start=True,
            answers_dle_eot=False,
            answers_gs_r=False,
            answers_identity=False,
            native_qr=False,
            knows_sized=False,
            cutter=False,
            buffer_bytes=4096,
        ),
    )
}
