// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <gtest/gtest.h>

#include <functional>

#include "agent.pb.h"
#include "common/agent_policy/decision/decider.hpp"
#include "common/agent_policy/generate.hpp"
#include "common/agent_policy/settings.hpp"
#include "guest-image/policy/request_json.hpp"
#include "node-daemon/agent_client/encode_spec.hpp"
#include "node-daemon/launch/plan.hpp"
#include "node-daemon/launch/stated_spec.hpp"

namespace redoubt::test {
namespace {

namespace launch = node::launch;

const std::string k_root_hash(64, '1');
constexpr const char* k_image = "registry.example/web@sha256:"
                                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// How the container's root folder comes into the guest.
enum class Root : std::uint8_t { layers, pulled };

agent_policy::Decision decide(const std::string& request, Root root) {
    agent_policy::Container container{.name = "web", .image = k_image};
    container.args = {"--verbose"};
    container.env = {{.name = "MODE", .value = agent_policy::Template::literal("a.b")}};
    agent_policy::Workload pod{.kind = "Pod", .name = "shop", .pod_name_like = "shop"};
    pod.containers = {container};
    agent_policy::ImageFacts facts;
    facts.config.entrypoint = {"/web"};
    facts.config.env = {"LANG=C"};
    facts.config.user = "web:staff";
    facts.config.working_dir = "/srv";
    facts.conversion = "redoubt-erofs-1";
    facts.layers = {{.root_hash = k_root_hash, .salt = "5a", .data_blocks = 10}};
    const auto* const changes = root == Root::layers ? R"({"root": {"kind": "layers"}})" : "";
    const auto settings = agent_policy::read_settings(changes, agent_policy::NodeKind::redoubt);
    const auto policy = agent_policy::generate_policy(pod, {{k_image, facts}}, settings.value().root());
    auto decider = agent_policy::Decider::load("policy.rego", policy.value().text);
    return decider.value()->decide("CreateContainerRequest", request);
}

launch::LaunchPlan plan_of_web() {
    launch::PlanRequest request;
    request.sandbox = SandboxId("sb1");
    request.runtime_directory = "/run/redoubt/vm/sb1";
    request.container = {.id = ContainerId("0123456789abcdef"),
                         .command = {"--verbose"},
                         .environment = {"MODE=a.b"},
                         .terminal_size = {}};
    request.image = {.name = "web",
                     .environment = {"LANG=C"},
                     .entrypoint = {"/web"},
                     .command = {},
                     .user = "web:staff",
                     .working_directory = "/srv"};
    request.layers = {{.file = "/images/a.img",
                       .root_hash = k_root_hash,
                       .salt = "5a",
                       .data_blocks = 10,
                       .size_bytes = 1}};
    request.node = {.kernel = "/guest/vmlinuz", .initramfs = "/guest/initramfs.cpio"};
    auto plan = launch::make_plan(request).value();
    launch::state_for_policy({.pod = "shop", .name_space = "default", .container = "web", .image = k_image},
                             plan.container);
    return plan;
}

/// The bytes that a guest would be sent.
std::string request_of(const launch::LaunchPlan& plan) {
    ::grpc::CreateContainerRequest request;
    request.set_container_id("0123456789abcdef");
    *request.mutable_oci() = node::agent_client::encode_spec(plan.container);
    for (const auto& storage : plan.storages) {
        auto* out = request.add_storages();
        out->set_driver(storage.driver);
        out->mutable_driver_options()->Assign(storage.driver_options.begin(), storage.driver_options.end());
        out->set_source(storage.source);
        out->set_fstype(storage.fstype);
        out->mutable_options()->Assign(storage.options.begin(), storage.options.end());
        out->set_mount_point(storage.mount_point);
    }
    return guest::policy::request_json("CreateContainerRequest", request.SerializeAsString()).value();
}

TEST(PolicyOfNodeRequests, AllowsWhatTheNodeMakesOfThePod) {
    const auto decision = decide(request_of(plan_of_web()), Root::layers);
    EXPECT_TRUE(decision.allowed) << decision.summary();
}

TEST(PolicyOfNodeRequests, AllowsAnImageThatTheGuestOpensItself) {
    auto plan = plan_of_web();
    plan.storages = {{.driver = "image_guest_pull",
                      .driver_options = {},
                      .source = k_image,
                      .fstype = "overlay",
                      .options = {},
                      .mount_point = plan.container.root_path}};
    const auto decision = decide(request_of(plan), Root::pulled);
    EXPECT_TRUE(decision.allowed) << decision.summary();
}

TEST(PolicyOfNodeRequests, RefusesWhatTheHostChanges) {
    const std::vector<std::function<void(launch::LaunchPlan&)>> changes = {
        [](auto& plan) { plan.container.process.args.emplace_back("--more"); },
        [](auto& plan) { plan.container.process.user.username = "root"; },
        [](auto& plan) { plan.container.process.user.username.clear(); },
        [](auto& plan) { plan.container.process.user.uid = 1; },
        [](auto& plan) { plan.container.process.env.emplace_back("LD_PRELOAD=/x"); },
        [](auto& plan) { plan.container.process.cwd = "/"; },
        [](auto& plan) { plan.container.linux_part.seccomp.emplace().default_action = "SCMP_ACT_ERRNO"; },
        [](auto& plan) { plan.container.linux_part.masked_paths.clear(); },
        [](auto& plan) { plan.container.linux_part.resources.devices.front().allow = true; },
        [](auto& plan) { plan.container.linux_part.devices.push_back({.path = "/dev/mem", .type = "c"}); },
        [](auto& plan) { plan.container.mounts.back().options.back() = "rw"; },
        [](auto& plan) { plan.container.annotations["io.kubernetes.cri.sandbox-name"] = "other"; },
        [](auto& plan) { plan.storages.front().driver_options.front().back() = '2'; },
        [](auto& plan) { plan.storages.erase(plan.storages.begin()); },
    };
    for (std::size_t i = 0; i < changes.size(); ++i) {
        auto plan = plan_of_web();
        changes[i](plan);
        EXPECT_FALSE(decide(request_of(plan), Root::layers).allowed) << "change " << i;
    }
}

} // namespace
} // namespace redoubt::test
