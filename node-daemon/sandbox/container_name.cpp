// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/container_name.hpp"

#include <algorithm>
#include <array>
#include <random>
#include <string_view>

namespace redoubt::node::sandbox {
namespace {

constexpr std::array<std::string_view, 48> k_moods = {
    "able",   "agile", "amber",  "apt",   "bold",   "brave", "bright", "calm",  "clear", "clever",
    "cosy",   "crisp", "deft",   "eager", "early",  "fair",  "fleet",  "fond",  "free",  "fresh",
    "gentle", "glad",  "grand",  "green", "happy",  "hardy", "jolly",  "keen",  "kind",  "light",
    "lively", "lucid", "merry",  "mild",  "neat",   "noble", "polite", "proud", "quick", "quiet",
    "ready",  "sharp", "silver", "smart", "steady", "sunny", "swift",  "warm"};
constexpr std::array<std::string_view, 48> k_animals = {
    "badger", "bear",    "beaver", "bison",   "crane",  "curlew", "deer",  "dove",   "eagle",  "egret",
    "falcon", "ferret",  "finch",  "fox",     "gecko",  "goose",  "hare",  "hawk",   "heron",  "ibex",
    "ibis",   "jackdaw", "jay",    "kestrel", "kite",   "lark",   "lynx",  "marten", "mole",   "moose",
    "newt",   "otter",   "owl",    "pike",    "plover", "puffin", "raven", "robin",  "salmon", "seal",
    "shrew",  "stoat",   "stork",  "swan",    "tern",   "toad",   "vole",  "wren"};

} // namespace

Status validate_container_name(const std::string& name) {
    const auto is_plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    const auto is_legal = [is_plain](char c) { return is_plain(c) || c == '_' || c == '.' || c == '-'; };
    constexpr std::size_t k_longest = 128;
    if (name.empty() || name.size() > k_longest || !is_plain(name.front()) ||
        !std::ranges::all_of(name, is_legal))
        return fail(Code::invalid_argument,
                    "name '{}': must begin with a letter or digit, go on with those, '_', '.' or '-', and "
                    "have at most {}",
                    name.substr(0, k_longest), k_longest);
    return {};
}

std::string random_container_name() {
    std::random_device random;
    const auto pick = [&random](const auto& words) { return words[random() % words.size()]; };
    return std::format("{}_{}", pick(k_moods), pick(k_animals));
}

} // namespace redoubt::node::sandbox
