// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/agent_policy/environment.hpp"

#include <algorithm>

namespace redoubt::agent_policy {
namespace {

constexpr std::string_view k_usual_path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

void append_text(Template& to, std::string_view text) {
    if (text.empty()) return;
    if (to.parts.empty() || to.parts.back().is_pattern) to.parts.push_back({});
    to.parts.back().text += text;
}

} // namespace

Template expand(std::string_view text, const std::vector<Variable>& known) {
    Template out;
    while (!text.empty()) {
        const auto dollar = text.find('$');
        append_text(out, text.substr(0, dollar));
        if (dollar == std::string_view::npos) break;
        text.remove_prefix(dollar);
        const auto end = text.starts_with("$(") ? text.find(')') : std::string_view::npos;
        if (text.starts_with("$$")) {
            append_text(out, "$");
            text.remove_prefix(2);
        } else if (end == std::string_view::npos) {
            append_text(out, "$");
            text.remove_prefix(1);
        } else {
            const auto reference = text.substr(0, end + 1);
            const auto name = reference.substr(2, reference.size() - 3);
            const auto found = std::ranges::find(known, name, &Variable::name);
            if (found == known.end()) {
                append_text(out, reference);
            } else {
                for (const auto& part : found->value.parts) {
                    if (part.is_pattern) {
                        out.parts.push_back(part);
                    } else {
                        append_text(out, part.text);
                    }
                }
            }
            text.remove_prefix(end + 1);
        }
    }
    return out;
}

std::vector<Variable> expand_environment(const std::vector<Variable>& variables) {
    std::vector<Variable> out;
    for (const auto& variable : variables) {
        Variable made = variable;
        if (variable.value.is_literal() && !variable.is_final)
            made.value = expand(variable.value.text(), out);
        const auto before = std::ranges::find(out, made.name, &Variable::name);
        if (before == out.end()) {
            out.push_back(std::move(made));
        } else {
            *before = std::move(made);
        }
    }
    return out;
}

std::vector<Variable> merge_environment(const oci::ImageConfig& image, const std::vector<Variable>& pod) {
    std::vector<Variable> out;
    for (const auto& entry : image.env) {
        const auto equals = entry.find('=');
        auto name = entry.substr(0, equals);
        auto value = equals == std::string::npos ? std::string() : entry.substr(equals + 1);
        if (std::ranges::contains(pod, name, &Variable::name)) continue;
        out.push_back({.name = std::move(name), .value = Template::literal(std::move(value))});
    }
    out.insert(out.end(), pod.begin(), pod.end());
    if (!std::ranges::contains(out, "PATH", &Variable::name))
        out.insert(out.begin(), {.name = "PATH", .value = Template::literal(std::string(k_usual_path))});
    return out;
}

std::vector<Template> make_arguments(const oci::ImageConfig& image, const Container& container,
                                     const std::vector<Variable>& known) {
    std::vector<Template> out;
    const auto add_written = [&](const std::vector<std::string>& words) {
        for (const auto& word : words) out.push_back(expand(word, known));
    };
    const auto add_images = [&](const std::vector<std::string>& words) {
        for (const auto& word : words) out.push_back(Template::literal(word));
    };
    const bool has_command = !container.command.empty();
    if (has_command) {
        add_written(container.command);
    } else {
        add_images(image.entrypoint);
    }
    if (!container.args.empty()) {
        add_written(container.args);
    } else if (!has_command) {
        add_images(image.cmd);
    }
    return out;
}

} // namespace redoubt::agent_policy
