// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/backend/run_request.hpp"

#include <algorithm>
#include <array>

#include "common/initdata/initdata.hpp"
#include "gui/backend/yaml_text.hpp"
#include "redoubt/node/v1/node.pb.h"

namespace redoubt::gui {
namespace {

constexpr std::array<std::string_view, 4> k_levels{"vm", "confidential", "gvisor", "runc"};

bool is_name_letter(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') || letter == '_' || letter == '.' || letter == '-';
}

} // namespace

Result<redoubt::node::v1::ContainerSpec> encode(const RunRequest& request) {
    if (request.image.empty()) return fail(Code::invalid_argument, "an image is needed");
    if (!std::ranges::all_of(request.name, is_name_letter) || request.name.starts_with('-') ||
        request.name.starts_with('.'))
        return fail(Code::invalid_argument,
                    "name '{}': letters, digits, '_', '.' and '-', and it begins with a letter or digit",
                    request.name);
    if (!std::ranges::contains(k_levels, request.level))
        return fail(Code::invalid_argument, "there is no isolation level '{}'", request.level);
    redoubt::node::v1::ContainerSpec out;
    out.set_image(request.image);
    out.set_name(request.name);
    for (const auto& word : request.command) out.add_command(word);
    for (const auto& [name, value] : request.environment) {
        if (name.empty() || name.contains('='))
            return fail(Code::invalid_argument, "'{}' is no name of a variable", name);
        auto& variable = *out.add_environment();
        variable.set_name(name);
        variable.set_value(value);
    }
    out.set_terminal(request.terminal);
    // A shell without input ends at once.
    out.set_stdin_open(request.terminal);
    out.set_read_only_rootfs(request.read_only);
    out.set_memory_bytes(request.memory_bytes);
    out.set_cpus(request.cpus);
    out.set_auto_remove(request.remove_at_end);
    if (!request.network.empty()) out.add_networks(request.network);
    out.set_runtime(request.level);
    if (request.level != "confidential") return out;
    if (request.initdata.empty())
        return fail(Code::invalid_argument,
                    "a confidential container needs initdata: redoubtctl initdata build makes it");
    RDT_CHECK(initdata::Initdata::parse(request.initdata).transform([](const auto&) {}));
    RDT_TRY((*out.mutable_annotations())[std::string(initdata::k_annotation)],
            initdata::make_annotation(request.initdata));
    return out;
}

Result<std::string> review_of(const RunRequest& request) {
    redoubt::node::v1::CreateContainerRequest out;
    RDT_TRY(*out.mutable_spec(), encode(request));
    return yaml_of(out);
}

Result<std::vector<std::string>> split_words(std::string_view line) {
    std::vector<std::string> out;
    std::string word;
    bool is_word = false;
    char quote = 0;
    for (std::size_t at = 0; at < line.size(); ++at) {
        const char letter = line[at];
        const bool is_escape = letter == '\\' && quote != '\'' && at + 1 < line.size();
        if (is_escape) {
            word += line[++at];
            is_word = true;
        } else if (quote != 0) {
            if (letter == quote)
                quote = 0;
            else
                word += letter;
        } else if (letter == '"' || letter == '\'') {
            quote = letter;
            is_word = true;
        } else if (letter == ' ' || letter == '\t' || letter == '\n') {
            if (is_word) out.push_back(std::exchange(word, {}));
            is_word = false;
        } else {
            word += letter;
            is_word = true;
        }
    }
    if (quote != 0) return fail(Code::invalid_argument, "a quote {} is not closed", quote);
    if (is_word) out.push_back(std::move(word));
    return out;
}

} // namespace redoubt::gui
