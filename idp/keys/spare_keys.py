"""Key pairs made ahead: an RSA key takes a tenth of a second, in which nobody should wait for a lock of ours."""

from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from idp.keys.algorithms import ALGORITHMS, Key, generate_key

_THREADS = 4


class SpareKeys:
    """New key pairs for *algorithms*, each as often as it is named, made side by side; what is wanted beyond is made then."""

    def __init__(self, algorithms: Iterable[str] = ()) -> None:
        wanted = list(algorithms)
        self._keys: defaultdict[str, list[Key]] = defaultdict(list)
        with ThreadPoolExecutor(_THREADS) as threads:
            for algorithm, key in zip(wanted, threads.map(generate_key, wanted), strict=True):
                self._keys[algorithm].append(key)

    def take(self, algorithm: str) -> Key:
        """Return a key pair that nobody has had."""
        spare = self._keys[algorithm]
        return spare.pop() if spare else generate_key(algorithm)


def make_keys_of_realm() -> SpareKeys:
    """Return the key pairs that a new realm needs: for each algorithm one to sign with and the next."""
    return SpareKeys([*ALGORITHMS, *ALGORITHMS])
