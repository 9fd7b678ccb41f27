// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/agent_policy/generate.hpp"

#include <boost/json.hpp>

#include <format>

#include "common/agent_policy/container_slot.hpp"
#include "common/agent_policy/node_volumes.hpp"
#include "common/agent_policy/pattern.hpp"
#include "common/agent_policy/rules.hpp"
#include "common/agent_policy/workload_rights.hpp"
#include "common/rego/value/json.hpp"

namespace redoubt::agent_policy {
namespace {

namespace bj = boost::json;

bj::object sandbox_value(const Workload& pod, const json::Node& settings) {
    return {{"name_like", anchored(pod.pod_name_like)},
            {"namespace_like", pod.name_space.empty() ? "" : anchored(quote_pattern(pod.name_space))},
            {"pidns", pod.share_pid_namespace},
            {"network_namespace_like", *settings["network"]["namespace_like"].value()},
            {"storages", *settings["sandbox"]["storages"].value()}};
}

bj::object gpu_value(const json::Node& gpu) {
    bj::object out;
    for (const auto* name :
         {"device_types", "path_like", "option_like", "annotation_key_like", "annotation_value_like"})
        out[name] = *gpu[name].value();
    return out;
}

Result<bj::object> make_data(const Workload& pod, const Images& images, const json::Node& settings,
                             std::vector<std::string>& warnings) {
    bj::array slots;
    RDT_CHECK(check_volume_keys(pod));
    RDT_TRY(auto sandbox, make_sandbox_slot(pod, settings));
    slots.emplace_back(std::move(sandbox));
    for (const auto& container : pod.containers) {
        const auto image = images.find(container.image);
        if (image == images.end())
            return fail(Code::not_found, "container '{}': the configuration of image '{}' is not known",
                        container.name, container.image);
        RDT_TRY(auto slot, make_container_slot(pod, container, image->second, settings, warnings)
                               .transform_error(context("container '{}'", container.name)));
        slots.emplace_back(std::move(slot));
    }
    RDT_CHECK(add_workload_rights(settings, slots, warnings));
    bj::object network = settings["network"].value()->as_object();
    network.erase("namespace_like");
    bj::object data;
    data["allow"] = *settings["allow"].value();
    data["annotations_like"] = *settings["annotations_like"].value();
    data["block"] = *settings["block"].value();
    data["containers"] = std::move(slots);
    data["copy_file"] = {{"path_like", *settings["copy_file_like"].value()}};
    data["device_rules"] = *settings["device_rules"].value();
    data["env_like"] = *settings["env_like"].value();
    data["exec"] = *settings["exec"].value();
    data["gpu"] = gpu_value(settings["gpu"]);
    data["namespaces"] = *settings["namespaces"].value();
    data["network"] = std::move(network);
    data["oci_versions"] = *settings["oci_versions"].value();
    data["sandbox"] = sandbox_value(pod, settings);
    RDT_TRY(const bool is_own, brings_own_volumes(settings));
    if (is_own) {
        RDT_TRY(data["sandbox"].as_object()["volumes"], own_volume_storages(pod, settings));
        data["documents"] = own_documents(pod, warnings);
    }
    return data;
}

} // namespace

Result<GeneratedPolicy> generate_policy(const Workload& workload, const Images& images,
                                        const json::Node& settings) {
    GeneratedPolicy policy;
    RDT_TRY(const auto data, make_data(workload, images, settings, policy.warnings));
    // Written by the engine's own writer: it reads the text back as the same values, members in order.
    rego::Arena arena;
    RDT_TRY(const auto value, rego::parse_json(arena, bj::serialize(data)));
    policy.data = rego::render_json_pretty(value);
    policy.text = std::format("{}\n# -- Made from {} '{}'\npolicy_data := {}\n", rules_text(), workload.kind,
                              workload.name, policy.data);
    return policy;
}

} // namespace redoubt::agent_policy
