import pytest

from yardmaster.intake.keys import (
    ChannelMarker,
    DropFile,
    FolderMarker,
    Key,
    NotADrop,
    Part,
    SpecFile,
    classify,
    contents,
    short_name,
)


@pytest.mark.parametrize(
    ("key", "found"),
    [
        ("churn/spec.yaml", SpecFile("churn")),
        ("churn/data/jan.csv", DropFile("churn", "jan", "churn/data/jan.csv")),
        ("churn/data/Jan 2024.CSV.gz", DropFile("churn", "jan-2024", "churn/data/Jan 2024.CSV.gz")),
        ("churn/data/a+b%20c.tsv", DropFile("churn", "a-b-20c", "churn/data/a+b%20c.tsv")),
        ("churn/data/feb/_SUCCESS", FolderMarker("churn", "feb", "churn/data/feb/", "churn/data/feb/_SUCCESS")),
        ("churn/data/feb/part-0.csv", Part("churn", "feb", "churn/data/feb/", None, "churn/data/feb/part-0.csv")),
        ("churn/data/feb/000000_0", Part("churn", "feb", "churn/data/feb/", None, "churn/data/feb/000000_0")),
        (
            "churn/data/mar/train/_SUCCESS",
            ChannelMarker("churn", "mar", "churn/data/mar/", "train", "churn/data/mar/train/_SUCCESS"),
        ),
        (
            "churn/data/mar/test/p.csv.gz",
            Part("churn", "mar", "churn/data/mar/", "test", "churn/data/mar/test/p.csv.gz"),
        ),
    ],
)
def test_a_key_says_what_it_is(key: str, found: Key) -> None:
    assert classify(key) == found


@pytest.mark.parametrize(
    ("key", "advice"),
    [
        ("churn/data/", "a folder"),
        ("churn/data/.DS_Store", "begin with"),
        ("churn/data/_jan.csv", "begin with"),
        ("churn/data/feb/_temporary/0/part-0.csv", "begin with"),
        ("churn/data/feb/.part-0.csv.crc", "begin with"),
        ("churn/data/_SUCCESS", "into a folder"),
        ("churn/data/feb/year=2013/part-0.csv", "no other folders"),
        ("churn/data/mar/other/a/b.csv", "no other folders"),
        ("churn/data/mar/train/a/_SUCCESS", "right in train/"),
        ("churn/data/jan.parquet", "not supported yet"),
        ("churn/data/jan.xlsx", "save the sheet as CSV"),
        ("churn/data/jan.csv.zip", ".csv.gz"),
        ("churn/data/jan.gz", ".csv.gz"),
        ("churn/data/jan.json", "drops are .csv"),
        ("churn/data/jan", "call it .csv"),
        ("churn/data/spec.yaml", "beside the data folder"),
        ("churn/spec.yml", "spec.yaml"),
        ("churn/releases/0001-jan/channels/train/x.csv", "not a place for drops"),
        ("churn/jan.csv", "data/"),
        ("Churn/data/jan.csv", "lower-case"),
        ("a" * 41 + "/data/jan.csv", "lower-case"),
        ("index.html", "lower-case"),
        ("churn/data/../x.csv", "plain path"),
        ("churn//data/x.csv", "plain path"),
        ("churn/data/a\nb.csv", "control character"),
        ("churn\\data\\jan.csv", "backslash"),
        ("", "a folder"),
    ],
)
def test_what_is_no_drop_says_why(key: str, advice: str) -> None:
    found = classify(key)
    assert isinstance(found, NotADrop)
    assert advice in found.reason


@pytest.mark.parametrize(
    ("name", "short"),
    [("été 2024.csv", "ete-2024"), ("日本.csv", "drop"), ("a" * 60 + ".csv", "a" * 40), ("-x-.csv.gz", "x")],
)
def test_a_short_name_fits_a_folder(name: str, short: str) -> None:
    assert short_name(name) == short


def test_a_folder_is_complete_with_its_marker() -> None:
    found = contents(["m/data/f/_SUCCESS", "m/data/f/b.csv", "m/data/f/a.csv", "m/data/f/notes.md"])
    assert found.parts == ("m/data/f/a.csv", "m/data/f/b.csv")
    assert found.complete


def test_a_split_folder_is_complete_when_each_channel_is() -> None:
    keys = ["m/data/f/train/a.csv", "m/data/f/test/a.csv", "m/data/f/train/_SUCCESS"]
    assert not contents(keys).complete
    assert contents([*keys, "m/data/f/test/_SUCCESS"]).complete
    assert contents([*keys, "m/data/f/_SUCCESS"]).complete


def test_a_channel_holds_files_of_rows_and_whatever_else_a_job_may_want_as_it_is() -> None:
    table, image, nested = "m/data/f/train/a.csv", "m/data/f/train/cat.jpg", "m/data/f/train/deep/b.csv"
    listing = "m/data/f/train_lst/train.lst"
    found = contents([table, image, nested, listing, "m/data/f/other/x.csv", "m/data/f/_SUCCESS"])
    assert found.channels == {"train": (table,)}
    assert found.files == {"train": (table, image, nested), "train_lst": (listing,)}
    assert found.complete
