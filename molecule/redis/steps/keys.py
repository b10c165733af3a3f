"""Write keys of several types into a cluster, or read them and fail for one that is not as it was written: keys.py write|read HOST CA"""

import os
import sys

import redis

COUNT = 5000
act, host, ca = sys.argv[1:]
client = redis.RedisCluster(host=host, password=os.environ["REDISCLI_AUTH"], ssl=True, ssl_ca_certs=ca)

pipe = client.pipeline()
for number in range(COUNT):
    if act == "write":
        pipe.set(f"text:{number}", f"value {number}", ex=86400 if number % 10 == 0 else None)
    else:
        pipe.get(f"text:{number}")
replies = pipe.execute()
tagged = {f"field{number}": str(number) for number in range(100)}
if act == "write":
    client.hset("{tag}hash", mapping=tagged)
    client.zadd("{tag}sorted", {"a": 1, "b": 2})
    client.set("large", "x" * 1_000_000)
    sys.exit()

wrong = [number for number, reply in enumerate(replies) if reply != f"value {number}".encode()]
assert not wrong, f"{len(wrong)} keys are not as they were written, first text:{wrong[0]}"
assert client.hgetall("{tag}hash") == {key.encode(): value.encode() for key, value in tagged.items()}
assert client.zrange("{tag}sorted", 0, -1, withscores=True) in ([(b"a", 1.0), (b"b", 2.0)], [[b"a", 1.0], [b"b", 2.0]])
assert client.get("large") == b"x" * 1_000_000
assert 0 < client.ttl("text:10") <= 86400
assert client.ttl("text:11") == -1
