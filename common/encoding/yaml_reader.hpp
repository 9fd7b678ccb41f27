// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The reader of yaml.hpp; for its own files only.

#include "common/encoding/yaml.hpp"
#include "common/encoding/yaml_scalars.hpp"

namespace redoubt::yaml {

class Reader final : ScalarReader {
  public:
    Reader(std::string_view name, std::string_view text, const Limits& limits)
        : ScalarReader(text), name_(name), limits_(limits) {}

    Result<std::vector<Node>> run();

  private:
    /// A node of a block whose lines stand at `least` columns or more; an empty scalar when there is none.
    Result<Node> block_node(std::size_t least, bool sequence_here);
    Result<Node> content(std::size_t least, bool is_inline);
    Result<Node> block_sequence(bool in_mapping);
    Result<Node> block_mapping();
    Result<Node> mapping_value(std::size_t column);
    Result<Node> sequence_entry(std::size_t column);
    Result<Node> flow_node();
    Result<Node> flow_sequence();
    Result<Node> flow_mapping();
    Result<std::string> key();

    Result<Node> scalar(std::size_t least, bool in_flow);

    [[nodiscard]] bool at_entry() const { return cursor_.peek() == '-' && cursor_.at_blank(1); }
    bool at_key() override;
    Status to_content();
    /// What this reader does not read.
    [[nodiscard]] Status refuse_marks() const;
    [[nodiscard]] Status add(Node& mapping, Member member) const;
    [[nodiscard]] Node begin(Node::Kind kind) const;
    [[nodiscard]] std::unexpected<Error> wrong(std::string_view what) const;
    [[nodiscard]] std::unexpected<Error> wrong_at(std::size_t line, std::string_view what) const;

    std::string name_;
    Limits limits_;
    std::size_t depth_ = 0;
};

} // namespace redoubt::yaml
