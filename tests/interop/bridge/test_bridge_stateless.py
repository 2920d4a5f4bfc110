"""Tier S: every command gives what the reference gives; what one side makes by chance, the other side takes."""

import bz2
import itertools
import json
import pathlib
import random

import pytest
from harness import OURS, REFERENCE, Bridge, Failed
from reference_stateless import COMMANDS

VECTORS = json.loads((pathlib.Path(__file__).parents[2] / "vectors" / "rns.json").read_text())["vectors"]
CHANCE = random.Random(3)
BLOCK = "00112233445566778899aabbccddeeff"


def some(length):
    """Bytes as hex, the same in every run."""
    return CHANCE.randbytes(length).hex()


def raw_packets(*categories):
    """Every packet of the vectors in these categories, as hex."""
    found = []
    for vector in VECTORS:
        if vector["category"] in categories:
            for fields in (vector["inputs"], vector["expected"]):
                found += [value for key, value in fields.items() if key in ("raw", "frame", "packet") and value]
    return found


DATA = ["", "00", "7e", "7d", "c0", "db", "7e7d7e7d", "c0dbc0db", "7d5e7d5ddbdcdbdd", some(16), some(500), some(4096)]
PRIVATE = [some(64) for _ in range(3)]
SHORT = ["", "00", some(31), some(33), some(63)]
NAMES = [
    {"app_name": "lxmf", "aspects": ["delivery"]},
    {"app_name": "app", "aspects": []},
    {"app_name": "a", "aspects": ["b", "c", "d"]},
    {"app_name": "ünï", "aspects": ["cødé", "名"]},
    {"app_name": "", "aspects": [""]},
    {"app_name": "with.dot", "aspects": ["a"]},
    {"app_name": "app", "aspects": ["a", "with.dot"]},
]
FULL_NAMES = ["lxmf.delivery", "app", "a.b.c.d", "ünï.cødé.名", "", "a..b", ".", "trailing."]
AES = [
    {"key": some(32), "iv": some(16)},
    {"key": some(16), "iv": some(16), "mode": "AES_128_CBC"},
    {"key": some(32), "iv": some(16), "mode": "AES_256_CBC"},
    {"key": some(16), "iv": some(16)},
    {"key": some(32), "iv": some(16), "mode": "AES_128_CBC"},
    {"key": some(32), "iv": some(15)},
    {"key": some(31), "iv": some(16)},
    {"key": some(32), "iv": some(16), "mode": "AES_512_CBC"},
]


def each(name, values, **more):
    """Parameters that differ in one field."""
    return [{name: value, **more} for value in values]


def combined(*groups):
    """Every combination of parameters, one from each group."""
    return [dict(field for part in parts for field in part.items()) for parts in itertools.product(*groups)]


PACKETS = raw_packets("packet", "packet_malformed", "announce", "announce_invalid", "proof", "transport")
# Larger ones the reference drops before it validates them, so alone it calls them valid.
ANNOUNCES = [packet for packet in PACKETS if len(packet) <= 2 * 500]
CUT = [packet[: 2 * length] for packet in PACKETS[:8] for length in (0, 1, 2, 3, 18, 19, 20, 34, 35, 36)]
RANDOM_PACKETS = [
    f"{CHANCE.randrange(128):02x}{CHANCE.randrange(256):02x}" + some(CHANCE.randrange(60)) for _ in range(200)
]
HEADERS = [f"{flags:02x}05" + some(16) + some(16) + "00" + some(20) for flags in range(128)]
HOPS = [f"08{hops:02x}" + some(16) + "00" + some(4) for hops in (0, 1, 127, 128, 255)]
LONG_FRAME = some(400).replace("7e", "00").replace("7d", "00")
MASKED = "7e" + "7d5e7d5d" * 20 + "7e"
KISS_FRAME = "c000" + some(40).replace("c0", "00").replace("db", "00") + "c0"

KNOWN_TOKENS = [
    {"key": vector["inputs"]["key"], "token": vector["expected"].get("token") or vector["inputs"]["token"]}
    for vector in VECTORS
    if vector["category"] == "token"
]
KEYS = each("key", [some(64), some(32), some(16), some(63), ""])
TOKENS = KNOWN_TOKENS + combined(KEYS, each("token", ["", some(32), some(33), some(48), some(64), some(96)]))

# What a command is called with; on all of these both sides answer alike.
CASES = {
    "sha256": each("data", DATA),
    "sha512": each("data", DATA),
    "truncated_hash": each("data", DATA),
    "hmac_sha256": combined(each("key", ["", "0b", some(32), some(64), some(65), some(131)]), each("message", DATA)),
    "hkdf": [
        *combined(
            each("ikm", ["", "0b", some(32), some(64)]),
            each("salt", ["", BLOCK, None]),
            each("length", [1, 32, 33, 64, 255]),
        ),
        *each("info", [None, "", "f0f1", some(64)], ikm=some(22), length=82),
        *each("length", [8160, 8161, 9000, 0, -1], ikm=some(32), salt=some(16)),
    ],
    "aes_encrypt": combined(AES, each("plaintext", ["", "00", some(15), some(16), some(17), some(64)])),
    "aes_decrypt": [
        {"key": "01" * 32, "iv": "01" * 16, "ciphertext": "24b6a6e08ea080ce1b7c7d76afcd9788"},
        {"key": "01" * 16, "iv": "01" * 16, "ciphertext": "8da2c579b93265525d9ba28a17af9338", "mode": "AES_128_CBC"},
        *combined(AES, each("ciphertext", ["", "00", some(15)])),
    ],
    "aes_256_cbc_encrypt": combined(AES[:1] + AES[3:4] + AES[5:7], each("plaintext", [some(16), some(64), "00"])),
    "aes_256_cbc_decrypt": combined(AES[:1] + AES[3:4] + AES[5:7], each("ciphertext", [some(16), some(64), "00"])),
    "pkcs7_pad": each("data", DATA),
    "pkcs7_unpad": each(
        "data",
        [
            "00" * 15 + "01",
            "10" * 16,
            "ff" * 16 + "10" * 16,
            "ab" * 14 + "0202",
            "00" * 15 + "11",
            "00" * 15 + "ff",
            "",
        ],
    ),
    "x25519_generate": each("seed", [some(32), "00" * 32, "ff" * 32, *SHORT]),
    "x25519_public_from_private": each("private_key", [some(32), "00" * 32, "ff" * 32, *SHORT]),
    "x25519_exchange": combined(
        each("private_key", [some(32), some(32), *SHORT]),
        each("peer_public_key", [some(32), "09" + "00" * 31, "00" * 32, "01" + "00" * 31, *SHORT]),
    ),
    "ed25519_generate": each("seed", [some(32), "00" * 32, *SHORT]),
    "ed25519_sign": combined(each("private_key", [some(32), *SHORT]), each("message", DATA[:4])),
    "ed25519_verify": combined(
        each("public_key", [some(32), "00" * 32, *SHORT]),
        each("signature", [some(64), "00" * 64, "", some(63), some(65)]),
        each("message", DATA[:2]),
    ),
    "bz2_decompress": each(
        "compressed",
        [bz2.compress(b"roost").hex(), bz2.compress(b"").hex(), "00", some(100), "425a68", "425a6839" + some(20)],
    ),
    "token_decrypt": TOKENS,
    "token_verify_hmac": TOKENS,
    "identity_from_private_key": each("private_key", [*PRIVATE, "00" * 64, *SHORT]),
    "identity_hash": each("public_key", [some(64), *SHORT]),
    "identity_sign": combined(each("private_key", [*PRIVATE, *SHORT]), each("message", DATA[:6])),
    "identity_verify": combined(
        each("public_key", [some(64), *SHORT]), each("signature", ["", some(64), some(65)]), each("message", DATA[:2])
    ),
    "identity_decrypt": combined(
        each("private_key", PRIVATE[:1]),
        each("ciphertext", ["", some(32), some(33), some(80), some(96), some(128), "00" * 96]),
    ),
    "identity_from_file": each("path", ["/nonexistent/identity"]),
    "name_hash": each("name", FULL_NAMES),
    "destination_hash": combined(NAMES, each("identity_hash", [BLOCK, some(16), "", some(15), some(17)])),
    "app_and_aspects_from_name": each("full_name", FULL_NAMES),
    "hash_from_name_and_identity": combined(
        each("full_name", FULL_NAMES[:4]), each("identity_hash", [BLOCK, "", some(15)])
    ),
    "destination_expand_name": combined(NAMES, each("identity_private_key", [None, PRIVATE[0]])),
    "packet_unpack": each("raw", PACKETS + CUT + RANDOM_PACKETS + HEADERS + HOPS),
    "packet_hash": each("raw", PACKETS + HEADERS + HOPS),
    "packet_constants": [{}],
    "packet_context_constants": [{}],
    "announce_validate": each("raw", ANNOUNCES + CUT + HEADERS),
    "ratchet_id": each("ratchet_public", [some(32), "00" * 32]),
    "ratchet_public_from_private": each("ratchet_private", [some(32), "00" * 32, *SHORT]),
    "hdlc_escape": each("data", DATA),
    "hdlc_frame": each("data", DATA),
    "hdlc_deframe": each(
        "framed", ["7e" + LONG_FRAME + "7e", MASKED, "00ff" + MASKED, MASKED + MASKED, "", "7e", LONG_FRAME]
    ),
    "hdlc_deframe_stream": [
        *each(
            "stream",
            ["", "7e", "7e7e", MASKED, MASKED * 3, MASKED + MASKED[2:], "7e" + MASKED, "0011" + MASKED + "7e00"],
        ),
        *each("stream", ["7e" + "aa" * length + "7e" + MASKED for length in (1, 18, 19, 20, 40)]),
        *each("stream", ["7e" + "aa" * 30 + "7d007d7d417e", "7e" + "aa" * 30 + "7d7e" + MASKED]),
        *each("stream", ["7e" + "aa" * length + "7e" for length in (499, 500, 501, 600)], hw_mtu=500),
        *each("hw_mtu", [500, None], stream="7e" + "aa" * 1200 + MASKED),
    ],
    "kiss_frame": each("data", DATA),
    "kiss_deframe": each(
        "framed", [KISS_FRAME, "00ff" + KISS_FRAME, "c010" + KISS_FRAME[4:], "c000" + "dbdcdbdd" * 8 + "c0", "", "c0"]
    ),
    "kiss_deframe_stream": [
        *each(
            "stream",
            ["", "c0", KISS_FRAME, KISS_FRAME * 3, "c050" + KISS_FRAME[4:], "c0" + KISS_FRAME, "c00600c0" + KISS_FRAME],
        ),
        *each("stream", ["c000" + "aa" * length + "c0" for length in (1, 20, 564)], hw_mtu=564),
    ],
}

# Commands whose answers hang on chance; each has a test of its own below.
CROSSWISE = {
    "bz2_compress",
    "token_encrypt",
    "token_generate_key",
    "identity_encrypt",
    "identity_to_file",
    "identity_random_hash",
    "packet_build",
    "announce_build",
    "ratchet_encrypt",
    "ratchet_decrypt",
}


@pytest.fixture(scope="module")
def ours():
    bridge = Bridge(OURS)
    yield bridge
    assert bridge.stop() == 0


@pytest.fixture(scope="module")
def reference():
    bridge = Bridge(REFERENCE)
    yield bridge
    bridge.stop()


@pytest.fixture(params=["ours to theirs", "theirs to ours"])
def pair(request, ours, reference):
    """Who makes, and who takes."""
    return (ours, reference) if request.param == "ours to theirs" else (reference, ours)


def outcome(bridge, command, params):
    """The result, or None if the command failed."""
    try:
        return bridge.call(command, **params)
    except Failed:
        return None


def failed(bridge, command, **params):
    return outcome(bridge, command, params) is None


def test_every_command_of_the_tier_is_compared():
    assert set(CASES) | CROSSWISE == set(COMMANDS)
    assert len(COMMANDS) == 55


@pytest.mark.parametrize("command", CASES)
def test_both_answer_alike(command, ours, reference):
    outcomes = set()
    for params in CASES[command]:
        answer, expected = outcome(ours, command, params), outcome(reference, command, params)
        assert answer == expected, params
        outcomes.add(expected is None)
    assert False in outcomes


PLAINTEXTS = ["", "00", some(15), some(16), some(17), some(383)]


@pytest.mark.parametrize("key", [some(64), some(32)])
def test_tokens_of_one_are_read_by_the_other_and_no_two_are_alike(pair, key):
    maker, taker = pair
    for plaintext in PLAINTEXTS:
        token, again = (maker.call("token_encrypt", key=key, plaintext=plaintext)["token"] for _ in range(2))
        assert token != again
        assert taker.call("token_verify_hmac", key=key, token=token)["valid"]
        assert taker.call("token_decrypt", key=key, token=token)["plaintext"] == plaintext
        changed = token[:-2] + f"{int(token[-2:], 16) ^ 1:02x}"
        assert not taker.call("token_verify_hmac", key=key, token=changed)["valid"]
        assert failed(taker, "token_decrypt", key=key, token=changed)
    assert failed(maker, "token_encrypt", key=key[2:], plaintext="")


def test_new_token_keys_have_the_length_of_their_mode(ours, reference):
    for params, length in [({}, 64), ({"mode": "AES_256_CBC"}, 64), ({"mode": "AES_128_CBC"}, 32)]:
        keys = [bridge.call("token_generate_key", **params)["key"] for bridge in (ours, ours, reference)]
        assert len(set(keys)) == 3 and {len(key) for key in keys} == {2 * length}
    for bridge in (ours, reference):
        with pytest.raises(Failed, match="(?i)token mode"):
            bridge.call("token_generate_key", mode="AES_512_CBC")


def test_compressed_data_of_one_is_unpacked_by_the_other(pair):
    maker, taker = pair
    for data in [*DATA, "00" * 100_000]:
        packed = maker.call("bz2_compress", data=data)
        assert packed["original_size"] == len(data) // 2
        assert packed["compressed_size"] == len(packed["compressed"]) // 2
        assert taker.call("bz2_decompress", compressed=packed["compressed"])["decompressed"] == data
        assert failed(taker, "bz2_decompress", compressed=packed["compressed"][:-8])


def test_what_is_encrypted_to_an_identity_is_read_by_it_alone(pair):
    maker, taker = pair
    for plaintext in PLAINTEXTS:
        public = taker.call("identity_from_private_key", private_key=PRIVATE[0])["public_key"]
        ciphertext = maker.call("identity_encrypt", public_key=public, plaintext=plaintext)["ciphertext"]
        assert ciphertext != maker.call("identity_encrypt", public_key=public, plaintext=plaintext)["ciphertext"]
        read = taker.call("identity_decrypt", private_key=PRIVATE[0], ciphertext=ciphertext)
        assert read["plaintext"] == plaintext
        for wrong in [
            {"private_key": PRIVATE[1]},
            {"ciphertext": ciphertext[:-2]},
            {"ciphertext": f"{int(ciphertext[:2], 16) ^ 1:02x}" + ciphertext[2:]},
        ]:
            params = {"private_key": PRIVATE[0], "ciphertext": ciphertext} | wrong
            assert taker.call("identity_decrypt", **params)["plaintext"] is None
    assert failed(maker, "identity_encrypt", public_key=public[2:], plaintext="00")


def test_signatures_of_one_are_valid_for_the_other(pair):
    maker, taker = pair
    for private in PRIVATE:
        public = taker.call("identity_from_private_key", private_key=private)["public_key"]
        for message in DATA:
            signature = maker.call("identity_sign", private_key=private, message=message)["signature"]
            params = {"message": message, "signature": signature}
            assert taker.call("identity_verify", public_key=public, **params)["valid"]
            assert taker.call("ed25519_verify", public_key=public[64:], **params)["valid"]
            assert not taker.call("identity_verify", public_key=public, message=message + "00", signature=signature)[
                "valid"
            ]


def test_identity_files_of_one_are_read_by_the_other(pair, tmp_path):
    maker, taker = pair
    path = pathlib.Path(maker.call("identity_to_file", private_key=PRIVATE[0])["path"])
    try:
        assert path.read_bytes().hex() == PRIVATE[0]
        expected = maker.call("identity_from_private_key", private_key=PRIVATE[0])
        assert taker.call("identity_from_file", path=str(path)) == {"found": True, **expected}
        path.write_bytes(path.read_bytes()[:-1])
        assert not (outcome(taker, "identity_from_file", {"path": str(path)}) or {"found": False})["found"]
    finally:
        path.unlink()


def test_random_hashes_have_16_bytes_and_never_come_twice(ours, reference):
    for bridge in (ours, reference):
        hashes = {bridge.call("identity_random_hash")["random_hash"] for _ in range(20)}
        assert len(hashes) == 20 and {len(value) for value in hashes} == {32}


def test_packets_are_built_alike(ours, reference):
    built = 0
    for params in combined(
        each("dest_type", ["plain", "single", "group", None, "link"]),
        each("packet_type", [0, 1, 2, 3]),
        each("context", [0, 1, 5, 8, 0x0B, 0x0E, 0xFA, 0xFE]),
        [{}, {"context_flag": 1, "hops": 7}, {"transport_type": 1, "hops": 127}],
        [{}, {"header_type": 2, "transport_id": BLOCK}, {"header_type": "HEADER_2"}, {"header_type": "HEADER_1"}],
        each("data", ["01", some(32)]),
    ):
        params = {key: value for key, value in params.items() if value is not None}
        if params.get("packet_type") == 3 and params.get("dest_type", "plain") != "plain":
            # A proof is addressed to what it proves. The package would encrypt one to a destination.
            continue
        answer, expected = outcome(ours, "packet_build", params), outcome(reference, "packet_build", params)
        assert (answer is None) == (expected is None), params
        if answer is None:
            continue
        built += 1
        chance = {"raw", "data", "hash", "destination_hash"}
        assert {key: answer[key] for key in expected if key not in chance} == {
            key: expected[key] for key in expected if key not in chance
        }, params
        assert len(answer["raw"]) == len(expected["raw"]), params
        if params.get("dest_type", "plain") == "plain":
            assert answer == expected, params
        for maker, taker in ((answer, reference), (expected, ours)):
            unpacked = taker.call("packet_unpack", raw=maker["raw"])
            assert unpacked == {"unpacked": True} | {key: maker[key] for key in maker if key != "raw"}, params
    assert built > 100


@pytest.mark.parametrize("dest_type, most", [("plain", 481), ("single", 399), ("group", 431)])
def test_packets_are_built_up_to_the_mtu_and_not_beyond(ours, reference, dest_type, most):
    for bridge in (ours, reference):
        assert len(bridge.call("packet_build", dest_type=dest_type, data="aa" * most)["raw"]) <= 1000
        assert failed(bridge, "packet_build", dest_type=dest_type, data="aa" * (most + 1))


def test_announces_of_one_are_valid_for_the_other(pair):
    maker, taker = pair
    for params in combined(
        each("private_key", PRIVATE[:2]),
        [{"app_name": "lxmf", "aspects": ["delivery"]}, {"app_name": "app", "aspects": []}],
        each("app_data", [None, "", "00", some(285)]),
        each("enable_ratchets", [False, True]),
        each("emission_ts", [None, 5000, 1_700_000_000]),
    ):
        built = maker.call("announce_build", **params)
        checked = taker.call("announce_validate", raw=built["raw"])
        assert checked["valid"] and checked["destination_hash"] == built["destination_hash"]
        assert checked["has_ratchet"] == built["has_ratchet"] == params["enable_ratchets"]
        assert checked.get("ratchet", "") == built["ratchet"]
        assert built["app_data"] == (params["app_data"] or "")
        assert built["announce_data"] == built["raw"][38:]
        parts = ("public_key", "name_hash", "random_hash", "ratchet", "signature", "app_data")
        assert "".join(built[part] for part in parts) == built["announce_data"]
        if params["emission_ts"] is not None:
            assert int(built["random_hash"][10:], 16) == params["emission_ts"]
        identity = taker.call("identity_from_private_key", private_key=params["private_key"])
        name = {"app_name": params["app_name"], "aspects": params["aspects"]}
        expected = taker.call("destination_hash", identity_hash=identity["hash"], **name)
        assert built["destination_hash"] == expected["destination_hash"]


def test_an_announce_with_any_byte_changed_is_valid_for_nobody(ours, reference):
    raw = ours.call("announce_build", private_key=PRIVATE[0], app_name="a", aspects=["b"], app_data="01")["raw"]
    for index in [2, 17, 19, 50, 83, 93, 102, 103, 147, 167]:
        changed = bytearray.fromhex(raw)
        changed[index] ^= 0x40
        for bridge in (ours, reference):
            assert not bridge.call("announce_validate", raw=changed.hex())["valid"], index


def test_what_is_encrypted_to_a_ratchet_is_read_with_it(pair):
    maker, taker = pair
    ratchets = [some(32) for _ in range(3)]
    publics = [
        taker.call("ratchet_public_from_private", ratchet_private=ratchet)["ratchet_public"] for ratchet in ratchets
    ]
    ids = [taker.call("ratchet_id", ratchet_public=public)["ratchet_id"] for public in publics]
    identity = taker.call("identity_from_private_key", private_key=PRIVATE[0])
    to = {"public_key": identity["public_key"], "plaintext": "616263"}
    encrypted = maker.call("ratchet_encrypt", ratchet_public=publics[1], **to)["ciphertext"]
    base = maker.call("identity_encrypt", **to)["ciphertext"]

    def read(ciphertext, **params):
        answer = taker.call("ratchet_decrypt", private_key=PRIVATE[0], ciphertext=ciphertext, **params)
        return answer["plaintext"], answer["latest_ratchet_id"]

    for enforce in (False, True):
        assert read(encrypted, ratchet_privates=ratchets, enforce_ratchets=enforce) == ("616263", ids[1])
        assert read(encrypted, ratchet_private=ratchets[1], enforce_ratchets=enforce) == ("616263", ids[1])
        assert read(encrypted, ratchet_private=ratchets[0], enforce_ratchets=enforce) == (None, None)
        assert read(encrypted, ratchet_privates=[], enforce_ratchets=enforce) == (None, None)
        expected = (None, None) if enforce else ("616263", None)
        assert read(base, ratchet_privates=ratchets, enforce_ratchets=enforce) == expected
    assert failed(maker, "ratchet_encrypt", ratchet_public=publics[0][2:], **to)


def test_a_bridge_answers_every_line_and_ends_with_its_input():
    bridge = Bridge(OURS)
    assert bridge.send('{"id": "7", "command": "sha256", "params": {"data": ""}}')["id"] == "7"
    assert bridge.send('{"id": "8", "command": "identity_random_hash", "params": null}')["success"]
    assert bridge.send('{"id": "9", "command": "identity_random_hash"}')["success"]
    for line in ["not json", "[]", '"text"', '{"id": 1', "{}}"]:
        answer = bridge.send(line)
        assert answer["id"] == "parse_error" and not answer["success"], line
    answer = bridge.send('{"id": "10", "command": "no_such_command", "params": {}}')
    assert answer == {"id": "10", "success": False, "error": "Unknown command: no_such_command"}
    for params in ["{}", '{"data": 5}', '{"data": "0"}', '{"data": "zz"}', "[]"]:
        answer = bridge.send('{"id": "11", "command": "sha256", "params": %s}' % params)
        assert answer["id"] == "11" and not answer["success"], params
    assert bridge.stop() == 0
