# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""A language model of words: how often each follows two words, one word, or none.

Its file has a line for each context, sorted: words, a tab, how often the context was seen, then what may follow and how often: "the guest<TAB>19 kernel
12 agent 7". The context of the first line is empty: the vocabulary."""
import hashlib
import math
import random
import re

WORD = re.compile(r"[A-Za-z][A-Za-z'-]*|[.,;:?]")
# Of a word's probability, after two words, one and none; the rest is for words that are not in the vocabulary.
SHARES = (0.6, 0.3, 0.09)
UNKNOWN = 0.01
LONGEST, SHORTEST = 48, 12  # words of an answer


def words_of(text):
    return WORD.findall(text.lower())


class Model:
    def __init__(self, file):
        with open(file, encoding="ascii") as lines:
            self.lines = dict(line.rstrip("\n").split("\t") for line in lines)
        self.words, self.vocabulary = self.followers("")

    def followers(self, context):
        """How often the context was seen, and what followed how often."""
        line = self.lines.get(context)
        if line is None:
            return 0, {}
        total, *pairs = line.split(" ")
        return int(total), dict(zip(pairs[::2], map(int, pairs[1::2])))

    def probability(self, before, word):
        found = UNKNOWN / (len(self.vocabulary) + 1)
        for share, context in zip(SHARES, (" ".join(before[-2:]), " ".join(before[-1:]), "")):
            total, followers = self.followers(context) if context else (self.words, self.vocabulary)
            if total:
                found += share * followers.get(word, 0) / total
        return found

    def perplexity(self, words):
        """Among how many equally likely words the model chooses at each place of the text, on average."""
        logs = [math.log(self.probability(words[max(0, i - 2):i], word)) for i, word in enumerate(words)]
        return math.exp(-sum(logs) / max(1, len(logs)))

    def answer(self, prompt):
        """The same for the same prompt."""
        chance = random.Random(hashlib.sha256(prompt.encode()).digest())
        words = words_of(prompt)[-64:]
        for made in range(LONGEST):
            for context in (" ".join(words[-2:]), " ".join(words[-1:]), ""):
                followers = self.followers(context)[1]
                if followers:
                    break
            words.append(chance.choices(list(followers), followers.values())[0])
            if words[-1] == "." and made >= SHORTEST:
                break
        return re.sub(r" ([.,;:?])", r"\1", " ".join(words))
