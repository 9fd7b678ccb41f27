// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Annotations: the YAML of comments that begin with `# METADATA`, before a package or a rule.
/// Source: OPA, "Annotations" (policy language, metadata) and rego.metadata.rule and .chain.

#include <map>
#include <string>
#include <vector>

#include "common/rego/syntax/ast.hpp"
#include "common/rego/syntax/diagnostic.hpp"
#include "common/rego/value/value.hpp"

namespace redoubt::rego {

/// The annotations of all modules. Modules and rules must stay where they are meanwhile.
class Annotations {
  public:
    Annotations(const std::vector<Source>& sources, const std::vector<Module>& modules,
                Diagnostics& diagnostics);

    /// Of the rule itself; the empty object when it has none.
    [[nodiscard]] Value of_rule(const Rule& rule) const;
    /// From the rule outward: itself, its document, its package, the packages around it.
    [[nodiscard]] Value chain(const Module& module, const Rule& rule);

  private:
    using Path = std::vector<std::string>;
    struct Block {
        Location at;
        std::uint32_t last_row = 0;
        std::string yaml;
    };

    void read_module(const Module& module);
    void take(const Module& module, const Rule* rule, const Block& block);
    [[nodiscard]] std::vector<Block> blocks_of(const Module& module) const;
    [[nodiscard]] Value link(const Path& path, const Value& annotations);
    void complain(Location at, std::string message);

    const std::vector<Source>* sources_;
    Diagnostics* diagnostics_;
    Arena arena_;
    std::map<const Rule*, std::vector<Value>> rules_; ///< the nearest last
    std::map<Path, Value> documents_;
    std::map<Path, Value> packages_;
    std::map<Path, Value> subpackages_;
};

/// Puts in place of each call of rego.metadata.rule() and .chain() in a rule what it gives there.
void replace_metadata_calls(const std::vector<Source>& sources, std::vector<Module>& modules,
                            Diagnostics& diagnostics);

} // namespace redoubt::rego
