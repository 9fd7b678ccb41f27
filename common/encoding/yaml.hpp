// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Reading YAML that people wrote, as manifests are: bounded, and every node knows its line.
///
/// Read are several documents, block and flow collections, and all styles of scalars. Refused in words, as a
/// reader might take them for something else than the writer: a key twice, a tab that indents, anchors,
/// aliases, merge keys, tags, and collections as keys.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/error.hpp"

namespace redoubt::yaml {

struct Member;

struct Node {
    enum class Kind : std::uint8_t { scalar, sequence, mapping };
    Kind kind = Kind::scalar;
    std::string text;            ///< of a scalar
    bool is_quoted = false;      ///< then it is text, whatever it looks like
    std::size_t line = 1;        ///< where it begins
    std::vector<Node> items;     ///< of a sequence
    std::vector<Member> members; ///< of a mapping, in the document's order
};

struct Member {
    std::string key;
    std::size_t line = 1;
    Node value;
};

struct Limits {
    std::size_t max_bytes = 4U << 20U;
    std::size_t max_depth = 64;
};

/// All documents of a text, empty ones left out. `name` is what errors call it.
/// Errors: invalid_argument "pod.yaml: line 3: ..."; resource_exhausted beyond a limit.
[[nodiscard]] Result<std::vector<Node>> parse(std::string_view name, std::string_view text,
                                              const Limits& limits = {});

/// What a scalar means. Source: YAML 1.1, "Language-Independent Types", without numbers by sixties.
enum class Meaning : std::uint8_t { null, boolean, integer, real, text };
[[nodiscard]] Meaning meaning_of(const Node& scalar);
/// Of a boolean: which one.
[[nodiscard]] bool truth_of(const Node& scalar);

} // namespace redoubt::yaml
