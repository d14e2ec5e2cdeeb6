"""Bodies that are no answer, though they come with status 200: what they are → the bytes.

Web pages, empty and cut bodies, words and NaN were met at city services; the rest is what a body
of the same kind could be.
"""

FINE = '"RESULT":{"CODE":"INFO-000","MESSAGE":"정상 처리되었습니다."}'
ROW = '{"A":"1"}'
HOSTILE = {
    "empty": b"",
    "only blanks": b" \n\t ",
    "only a byte order mark": b"\xef\xbb\xbf",
    "a NUL": b"\0",
    "NULs": b"\0" * 1000,
    "plain words": b"Service Unavailable",
    "null": b"null",
    "true": b"true",
    "a number": b"5",
    "a text": b'"INFO-000"',
    "an empty object": b"{}",
    "an empty list": b"[]",
    "a list of numbers": b"[1,2,3]",
    "a list of lists": b"[[1],[2]]",
    "a list with one row": f"[{ROW},null]".encode(),
    "empty rows": b'{"x":{"row":[{},{}]}}',
    "rows of text": b'{"x":{"row":["a","b"]}}',
    "a row that is a number": b'{"x":{"list_total_count":1,"row":1}}',
    "a message without a code": b'{"message":"down for maintenance"}',
    "an error object": b'{"error":{"reason":"down"}}',
    "a list of errors": b'{"errors":[{"reason":"down"}]}',
    "success without rows": f"{{{FINE}}}".encode(),
    "a count without rows": f'{{"x":{{"list_total_count":5,{FINE}}}}}'.encode(),
    "a count below zero": f'{{"x":{{"list_total_count":-1,"row":[{ROW}]}}}}'.encode(),
    "a count in words": f'{{"x":{{"list_total_count":"many","row":[{ROW}]}}}}'.encode(),
    "a count that is a list": f'{{"x":{{"list_total_count":[1],"row":[{ROW}]}}}}'.encode(),
    "an endless count": f'{{"x":{{"list_total_count":1e999,"row":[{ROW}]}}}}'.encode(),
    "cut in an object": b'{"x":{"list_total_count":1,"row":[{"A":',
    "cut in a text": b'{"x":{"list_total_count":1,"row":[{"A":"1',
    "cut in a character": '{"x":{"row":[{"A":"가'.encode()[:-1],
    "two documents": f"[{ROW}][{ROW}]".encode(),
    "single quotes": b"{'row': []}",
    "a trailing comma": f"[{ROW},]".encode(),
    "a comment": f"/* x */[{ROW}]".encode(),
    "NaN": b'{"x":{"row":[{"A":NaN}]}}',
    "Infinity": b'{"x":{"row":[{"A":-Infinity}]}}',
    "a number of 5,000 digits": b'{"x":{"row":[{"A":' + b"9" * 5000 + b"}]}}",
    "half a surrogate pair": b'{"x":{"row":[{"A":"\\ud800"}]}}',
    "lists 100,000 deep": b"[" * 100_000,
    "objects 500 deep": b'{"a":' * 500 + b"1" + b"}" * 500,
    "a row 200 deep": b'{"x":{"row":[{"A":' + b"[" * 200 + b"]" * 200 + b"}]}}",
    "a row of XML 200 deep": b"<x><row>" + b"<a>" * 200 + b"</a>" * 200 + b"</row></x>",
    "the encoding of old files": "{'x':'가나다'}".encode("cp949"),
    "UTF-16": f"[{ROW}]".encode("utf-16"),
    "packed bytes": b"\x1f\x8b\x08\x00\x00\x00\x00\x00",
    "an image": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    "a spreadsheet": b"PK\x03\x04\x14\0\x06\0",
    "a web page": b"<!DOCTYPE html><html><body>Error</body></html>",
    "a web page without a type": b"<html><head></head></html>",
    "a web page in capitals": b"<HTML><BODY>Login</BODY></HTML>",
    "a web page after a declaration": b'<?xml version="1.0"?><!DOCTYPE html><html></html>',
    "a web page with open tags": b"<html><body><br></body>",
    "cut XML": b"<x><list_total_count>1</list_total_count><row><A>1</A>",
    "XML without rows": b"<x><y>1</y></x>",
    "XML of one empty element": b"<x/>",
    "XML with an undefined entity": b"<x><row><A>&nbsp;</A></row></x>",
    "XML 20,000 deep": b"<a>" * 20_000 + b"</a>" * 20_000,
    "XML with an outside entity": (
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><x><row><A>&e;</A></row></x>'
    ),
    "a billion laughs": (
        b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
        b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><x><row><A>&c;</A></row></x>'
    ),
    "a script": b"<script>alert(1)</script>",
}
