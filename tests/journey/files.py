"""Drops as people make them, each with something to learn."""

import gzip
import random

CHURN = 'algorithm: xgboost\ndata: {label: churned, positive: "yes", id: customer_id}\n'
FEW_ROUNDS = "train: {hyperparameters: {num_round: 20}}\n"
ROWS = 800


def churn(seed: int, rows: int = ROWS) -> str:
    """Return a CSV with a number, a colour with gaps, and a label in words."""
    draw = random.Random(seed)
    lines = ["customer_id,number,colour,churned"]
    for n in range(rows):
        number, colour = draw.gauss(0, 1), draw.choice(["red", "green", "blue", ""])
        likely = number + (colour == "red") + draw.gauss(0, 0.7) > 0.6
        lines.append(f"{seed}-{n},{number:.5f},{colour},{'yes' if likely else 'no'}")
    return "\n".join(lines) + "\n"


def metals(rows: int = ROWS) -> str:
    """Return a CSV with three classes in words; the label is in the middle."""
    draw = random.Random(3)
    lines = ["weight,metal,shine"]
    for _ in range(rows):
        metal = draw.choice(["bronze", "gold", "silver"])
        weight = {"bronze": 1, "gold": 3, "silver": 2}[metal] + draw.gauss(0, 0.4)
        lines.append(f"{weight:.4f},{metal},{draw.random():.4f}")
    return "\n".join(lines) + "\n"


def prices(rows: int = ROWS) -> str:
    """Return a CSV with a number to predict."""
    draw = random.Random(4)
    lines = ["size,rooms,price"]
    for _ in range(rows):
        size, rooms = draw.uniform(20, 200), draw.randint(1, 6)
        lines.append(f"{size:.2f},{rooms},{size * 3.5 + rooms * 20 + draw.gauss(0, 15):.2f}")
    return "\n".join(lines) + "\n"


def bare(rows: int = ROWS) -> str:
    """Return a CSV without a header; the label comes first, as a number."""
    draw = random.Random(5)
    lines = []
    for _ in range(rows):
        number = draw.gauss(0, 1)
        lines.append(f"{int(number + draw.gauss(0, 0.5) > 0)},{number:.5f},{draw.random():.5f}")
    return "\n".join(lines)


def excel(text: str) -> bytes:
    """Return a CSV as Excel writes it in much of Europe: byte-order mark, semicolons, CRLF."""
    return b"\xef\xbb\xbf" + text.replace(",", ";").replace("\n", "\r\n").encode()


UPLOADS: dict[str, str | bytes] = {
    "early/data/jan.csv": churn(10),
    "metals/spec.yaml": "algorithm: xgboost\ndata: {label: metal}\n" + FEW_ROUNDS,
    "metals/data/jan.csv": metals(),
    "prices/spec.yaml": "algorithm: xgboost\ndata: {label: price}\n" + FEW_ROUNDS,
    "prices/data/jan.csv": prices(),
    "packed/spec.yaml": CHURN + FEW_ROUNDS,
    "packed/data/jan.csv.gz": gzip.compress(churn(6).encode()),
    "excel/spec.yaml": CHURN + FEW_ROUNDS,
    "excel/data/jan.csv": excel(churn(7)),
    "bare/spec.yaml": "algorithm: xgboost\ndata: {label: 0}\n" + FEW_ROUNDS,
    "bare/data/jan.csv": bare(),
    "parts/spec.yaml": CHURN + FEW_ROUNDS,
    "parts/data/feb/part-0.csv": churn(8, ROWS // 2),
    "parts/data/feb/part-1.csv": churn(9, ROWS // 2),
    "parts/data/feb/_SUCCESS": "",
    "careful/spec.yaml": CHURN + FEW_ROUNDS + "register: {approval_status: PendingManualApproval}\n",
    "careful/data/jan.csv": churn(11),
}
"""Drops of every kind by key, each model's spec before its data, but for the one that comes too early."""
