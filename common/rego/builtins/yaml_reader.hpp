// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The reader of yaml.hpp; for its own files only.

#include <expected>
#include <map>
#include <string>
#include <string_view>
#include <variant>

#include "common/encoding/yaml_scalars.hpp"
#include "common/rego/builtins/yaml.hpp"

namespace redoubt::rego {

/// Fault of a text: what, and (by the reader) where.
using YamlFault = std::string;
template <class T>
using YamlOr = std::expected<T, YamlFault>;

class YamlReader final : yaml::ScalarReader {
  public:
    YamlReader(Arena& arena, std::string_view text, const YamlLimits& limits)
        : ScalarReader(text), arena_(arena), limits_(limits) {}

    Result<Value> run();

  private:
    struct Properties {
        std::string anchor;
        std::string tag;
        bool any = false;
    };
    using Text = yaml::ScalarText;

    YamlOr<Value> document();
    /// A node of a block whose lines stand at `least` columns or more.
    YamlOr<Value> block_node(std::size_t least, bool sequence_here);
    YamlOr<Value> inline_node(std::size_t least);
    YamlOr<Value> content(std::size_t least, bool is_inline);
    YamlOr<Value> with_properties(std::size_t least, bool is_inline);
    /// `in_mapping`: it stands at the column of the mapping whose value it is.
    YamlOr<Value> block_sequence(std::size_t column, bool in_mapping);
    YamlOr<Value> block_mapping(std::size_t column);
    YamlOr<Value> mapping_value(std::size_t column);
    YamlOr<Value> sequence_entry(std::size_t column);
    YamlOr<Value> flow_node();
    YamlOr<Value> flow_sequence();
    YamlOr<Value> flow_mapping();
    /// The value after a colon; undefined: there is none.
    YamlOr<Value> flow_pair();
    YamlOr<Value> alias();
    YamlOr<Properties> properties();

    YamlOr<Text> scalar(std::size_t least, bool in_flow);

    [[nodiscard]] bool at_entry() const { return cursor_.peek() == '-' && cursor_.at_blank(1); }
    bool at_key() override;
    YamlOr<Value> key();
    YamlOr<Value> key_of(const Value& value);
    Value meaning(const Text& text, const std::string& tag);
    YamlOr<std::monostate> merge(ObjectBuilder& members, const Value& from);
    YamlOr<Value> settle(const Properties& properties, YamlOr<Value> value);
    YamlOr<std::monostate> to_content();
    [[nodiscard]] std::unexpected<YamlFault> fault(std::string_view what) const;

    /// A mapping's own members go before merged ones.
    struct Mapping {
        ObjectBuilder own;
        ObjectBuilder merged;
    };
    YamlOr<std::monostate> put(Mapping& mapping, const Value& key, const Value& value);
    Value finish(Mapping& mapping);

    Arena& arena_;
    const YamlLimits& limits_;
    std::map<std::string, Value, std::less<>> anchors_;
    std::size_t depth_ = 0;
    std::size_t repeated_ = 0;
};

} // namespace redoubt::rego
