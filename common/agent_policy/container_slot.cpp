// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/agent_policy/container_slot.hpp"

#include <algorithm>
#include <format>
#include <set>

#include "common/agent_policy/environment.hpp"
#include "common/agent_policy/mounts.hpp"
#include "common/agent_policy/pattern.hpp"
#include "common/agent_policy/process_user.hpp"
#include "common/oci/reference.hpp"

namespace redoubt::agent_policy {
namespace {

namespace bj = boost::json;

bj::object user_value(const ProcessUser& user, const std::string& words) {
    return {{"uid", user.uid},
            {"gid", user.gid},
            {"additional_gids", bj::value_from(user.additional_gids)},
            {"username", words}};
}

/// In numbers, or in words that the guest looks up.
Result<bj::object> make_user(const UserWish& wish, const Workload& pod, const ImageFacts& image,
                             const json::Node& settings) {
    RDT_TRY(const bool is_by_name, settings["users_by_name"].boolean());
    if (is_by_name) return user_value({}, process_user_words(wish, pod, image));
    RDT_TRY(const auto user, resolve_process_user(wish, pod, image));
    return user_value(user, "");
}

/// "cap_sys_admin", "SYS_ADMIN": "CAP_SYS_ADMIN".
std::string capability(std::string name) {
    std::ranges::transform(name, name.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    return name.starts_with("CAP_") ? name : "CAP_" + name;
}

bj::object capabilities_value(const std::set<std::string>& names) {
    const auto list = bj::value_from(names);
    return {{"Ambient", bj::array()},
            {"Bounding", list},
            {"Effective", list},
            {"Inheritable", bj::array()},
            {"Permitted", list}};
}

Result<std::set<std::string>> capabilities_of(const Container& container, const json::Node& settings) {
    const auto is_all = [](const std::string& name) { return capability(name) == "CAP_ALL"; };
    const bool adds_all = std::ranges::any_of(container.add_capabilities, is_all);
    const bool drops_all = std::ranges::any_of(container.drop_capabilities, is_all);
    RDT_TRY(const auto usual, settings["default_capabilities"].strings());
    RDT_TRY(const auto all, settings["all_capabilities"].strings());
    std::set<std::string> names;
    if (container.privileged || adds_all) {
        for (const auto& name : all) names.insert(capability(name));
    } else if (!drops_all) {
        for (const auto& name : usual) names.insert(capability(name));
    }
    for (const auto& name : container.add_capabilities)
        if (!is_all(name)) names.insert(capability(name));
    if (container.privileged) return names;
    for (const auto& name : container.drop_capabilities) names.erase(capability(name));
    return names;
}

/// Fills env, env_like, env_names.
void put_environment(const std::vector<Variable>& variables, bj::object& process) {
    bj::array exact;
    bj::array like;
    bj::array names;
    for (const auto& variable : variables) {
        names.emplace_back(variable.name);
        if (variable.value.is_literal()) {
            exact.emplace_back(variable.name + "=" + variable.value.text());
        } else {
            like.emplace_back(anchored(quote_pattern(variable.name + "=") + variable.value.expression()));
        }
    }
    process["env"] = std::move(exact);
    process["env_like"] = std::move(like);
    process["env_names"] = std::move(names);
}

void put_arguments(const std::vector<Template>& arguments, bj::object& process) {
    bj::array list;
    const bool is_known = std::ranges::all_of(arguments, &Template::is_literal);
    for (const auto& argument : arguments)
        list.emplace_back(is_known ? argument.text() : anchored(argument.expression()));
    process[is_known ? "args" : "args_like"] = std::move(list);
}

/// All ways to write the image's name that mean the same bytes, or as little as the pod does.
Result<bj::array> image_names(const std::string& image, const ImageFacts& facts, const json::Node& settings) {
    RDT_TRY(auto reference, oci::parse_reference(image));
    std::set<std::string> names{image};
    std::vector<std::string> repositories{reference.name()};
    if (!reference.is_qualified()) {
        RDT_TRY(const auto registry, settings["unqualified_registry"].string());
        if (!registry.empty()) repositories.push_back(std::format("{}/{}", registry, reference.repository));
    }
    const auto digest = reference.digest ? reference.digest->str() : facts.digest;
    const auto tag = reference.tag.empty() ? "latest" : reference.tag;
    for (const auto& name : repositories) {
        if (!digest.empty()) names.insert(std::format("{}@{}", name, digest));
        if (!reference.digest) names.insert(std::format("{}:{}", name, tag));
        if (reference.digest && !reference.tag.empty())
            names.insert(std::format("{}:{}@{}", name, reference.tag, digest));
    }
    return bj::value_from(names).as_array();
}

bj::object root_value(const json::Node& settings, bool readonly) {
    return {{"path_like", *settings["root"]["path_like"].value()}, {"readonly", readonly}};
}

void put_kernel_view(const Workload& pod, const json::Node& settings, bool unmasked, bj::object& slot) {
    slot["masked_paths"] = unmasked ? bj::array() : settings["masked_paths"].value()->as_array();
    slot["readonly_paths"] = unmasked ? bj::array() : settings["readonly_paths"].value()->as_array();
    bj::object sysctls = settings["sysctls"].value()->as_object();
    for (const auto& [name, value] : pod.sysctls) sysctls[name] = value;
    slot["sysctls"] = std::move(sysctls);
    slot["annotations"] = bj::value_from(pod.annotations);
}

void warn_of_tag(const Container& container, std::vector<std::string>& warnings) {
    const auto reference = oci::parse_reference(container.image);
    if (reference && !reference->digest)
        warnings.push_back(
            std::format("container '{}': image '{}' is named without a digest: what a registry "
                        "has under the name is not for this policy to say",
                        container.name, container.image));
}

/// Who says which bytes an image may be: the digest in its name, or the guest's signature policy.
Result<bool> is_authorised_by_signature(const json::Node& settings, const std::string& kind) {
    const auto node = settings["root"]["authority"];
    RDT_TRY(const auto authority, node.string());
    if (authority != "digest" && authority != "signature") return node.wrong("not digest or signature");
    if (authority == "signature" && kind != "guest_pull")
        return node.wrong("signatures are of images that a guest pulls: root.kind is to be guest_pull");
    return authority == "signature";
}

/// No digest is among the sources of an image that is named without one: a guest that has no signature policy
/// takes none of them then.
Status leave_to_signature(const Container& container, bj::array& sources,
                          std::vector<std::string>& warnings) {
    RDT_TRY(const auto reference, oci::parse_reference(container.image));
    if (reference.digest) {
        warnings.push_back(
            std::format("container '{}': image '{}' is named by its digest, which its signature "
                        "then has to be of",
                        container.name, container.image));
        return {};
    }
    bj::array tagged;
    for (const auto& name : sources)
        if (!std::string_view(name.as_string()).contains('@')) tagged.push_back(name);
    sources = std::move(tagged);
    return {};
}

/// Probes see the variables that do not depend on the pod's life.
bj::array exec_commands(const Container& container) {
    std::vector<Variable> known = expand_environment(container.env);
    std::erase_if(known, [](const auto& variable) { return !variable.value.is_literal(); });
    bj::array commands = bj::value_from(container.hook_commands).as_array();
    for (const auto& command : container.probe_commands) {
        bj::array words;
        for (const auto& word : command) words.emplace_back(expand(word, known).text());
        commands.emplace_back(std::move(words));
    }
    return commands;
}

/// A working folder as a node has it.
std::string working_folder(const Container& container, const ImageFacts& image) {
    if (!container.working_dir.empty()) return container.working_dir;
    return image.config.working_dir.empty() ? "/" : image.config.working_dir;
}

bool has_capability(const std::set<std::string>& names, const char* name) {
    return names.contains(name);
}

Result<bj::object> process_value(const Workload& pod, const Container& container, const ImageFacts& image,
                                 const json::Node& settings) {
    bj::object process;
    const auto known = expand_environment(container.env);
    put_arguments(make_arguments(image.config, container, known), process);
    process["cwd"] = working_folder(container, image);
    process["terminal"] = container.tty;
    RDT_TRY(const auto capabilities, capabilities_of(container, settings));
    // What may do anything cannot gain: a node sets the bit only where it means something.
    const bool may_gain =
        container.allow_escalation || container.privileged || has_capability(capabilities, "CAP_SYS_ADMIN");
    process["no_new_privileges"] = !may_gain;
    RDT_TRY(process["user"], make_user(container.user, pod, image, settings));
    process["capabilities"] = capabilities_value(capabilities);
    put_environment(merge_environment(image.config, known), process);
    if (container.tty) {
        process["env"].as_array().emplace_back("TERM=xterm");
        process["env_names"].as_array().emplace_back("TERM");
    }
    return process;
}

Result<bj::object> sandbox_process(const Workload& pod, const json::Node& section,
                                   const json::Node& settings) {
    ImageFacts image;
    RDT_TRY(image.config.user, section["user"].string());
    RDT_TRY(const auto user, resolve_process_user({}, pod, image));
    RDT_TRY(const auto capabilities, capabilities_of({}, settings));
    RDT_TRY(const auto variables, section["env"].strings());
    bj::array names;
    for (const auto& variable : variables) names.emplace_back(variable.substr(0, variable.find('=')));
    return bj::object{{"args", *section["args"].value()},
                      {"cwd", *section["cwd"].value()},
                      {"terminal", false},
                      {"no_new_privileges", *section["no_new_privileges"].value()},
                      {"user", user_value(user, "")},
                      {"capabilities", capabilities_value(capabilities)},
                      {"env", *section["env"].value()},
                      {"env_like", bj::array()},
                      {"env_names", std::move(names)}};
}

} // namespace

Result<bj::object> make_sandbox_slot(const Workload& pod, const json::Node& settings) {
    const auto section = settings["sandbox"];
    RDT_TRY(const bool readonly, section["readonly"].boolean());
    RDT_TRY(auto process, sandbox_process(pod, section, settings));
    RDT_TRY(auto mounts, usual_mounts(section, settings, false));
    bj::object storages{{"root", {{"place", "root"}, {"most", 1}}}};
    bj::object slot{{"kind", "sandbox"}, {"name", ""}};
    slot["image"] = {{"names", *section["images"].value()},
                     {"sources", *section["images"].value()},
                     {"layers", bj::array()}};
    slot["sandbox_pidns"] = pod.share_pid_namespace;
    slot["root"] = root_value(settings, readonly);
    slot["process"] = std::move(process);
    slot["mounts"] = std::move(mounts);
    slot["storages"] = std::move(storages);
    slot["linux_devices"] = bj::array();
    slot["block_devices"] = bj::array();
    slot["gpus"] = 0;
    slot["exec_commands"] = bj::array();
    put_kernel_view(pod, settings, false, slot);
    return slot;
}

Result<bj::object> make_container_slot(const Workload& pod, const Container& container,
                                       const ImageFacts& image, const json::Node& settings,
                                       std::vector<std::string>& warnings) {
    RDT_TRY(auto process, process_value(pod, container, image, settings));
    RDT_TRY(auto mounts, make_mounts(pod, container, image, settings));
    RDT_TRY(const auto kind, settings["root"]["kind"].string());
    if (kind != "guest_pull" && kind != "layers")
        return settings["root"]["kind"].wrong("not guest_pull or layers");
    bj::array layers;
    RDT_CHECK(add_root_storages(image, kind, settings, mounts.storages, layers));
    RDT_TRY(auto names, image_names(container.image, image, settings));
    RDT_TRY(const bool is_by_signature, is_authorised_by_signature(settings, kind));
    auto sources = names;
    if (is_by_signature) RDT_CHECK(leave_to_signature(container, sources, warnings));
    if (kind == "guest_pull" && !is_by_signature) warn_of_tag(container, warnings);
    if (container.gpus > 0)
        for (const auto& pattern : settings["gpu"]["env_like"].value()->as_array())
            process["env_like"].as_array().push_back(pattern);
    bj::object slot{{"kind", "container"}, {"name", container.name}};
    slot["image"] = {{"names", names}, {"sources", std::move(sources)}, {"layers", std::move(layers)}};
    if (kind == "layers") slot["image"].as_object()["conversion"] = image.conversion;
    slot["sandbox_pidns"] = pod.share_pid_namespace;
    slot["root"] = root_value(settings, container.read_only_root);
    slot["process"] = std::move(process);
    slot["mounts"] = std::move(mounts.mounts);
    slot["storages"] = std::move(mounts.storages);
    slot["linux_devices"] = bj::value_from(container.device_paths);
    slot["block_devices"] = bj::value_from(container.device_paths);
    slot["gpus"] = container.gpus;
    slot["exec_commands"] = exec_commands(container);
    put_kernel_view(pod, settings, container.privileged || container.unmasked_proc, slot);
    return slot;
}

} // namespace redoubt::agent_policy
