// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <gtest/gtest.h>

#include <functional>

#include "agent.pb.h"
#include "common/agent_policy/decision/decider.hpp"
#include "common/agent_policy/generate.hpp"
#include "common/agent_policy/settings.hpp"
#include "common/crypto/digest.hpp"
#include "common/initdata/initdata.hpp"
#include "config_document.pb.h"
#include "guest-image/policy/request_json.hpp"
#include "node-daemon/agent_client/encode_spec.hpp"
#include "node-daemon/launch/plan.hpp"
#include "node-daemon/launch/pod_plan.hpp"
#include "node-daemon/launch/stated_spec.hpp"

namespace redoubt::test {
namespace {

namespace launch = node::launch;
using agent_policy::VolumeKind;
using launch::PodVolumeKind;

constexpr const char* k_image = "registry.example/web@sha256:"
                                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
constexpr std::string_view k_initdata =
    "version = '0.1.0'\nalgorithm = 'sha384'\n[data]\n'policy.rego' = 'package agent_policy'\n";

/// As its author describes it: a folder on a disk, one in memory, a ConfigMap, and one key of a Secret.
agent_policy::Workload pod_as_written() {
    agent_policy::Container container{.name = "web", .image = k_image};
    container.volumes = {
        {.volume = "disk", .kind = VolumeKind::empty_dir, .path = "/disk"},
        {.volume = "memory", .kind = VolumeKind::empty_dir_memory, .path = "/memory"},
        {.volume = "config", .kind = VolumeKind::files, .path = "/etc/web"},
        {.volume = "words", .kind = VolumeKind::files, .path = "/secret/word", .sub_path = "word"}};
    agent_policy::Workload pod{.kind = "Pod", .name = "shop", .pod_name_like = "shop"};
    pod.containers = {container};
    const auto digest = crypto::digest_of("hello").value().str();
    pod.documents["config"].files = {{.path = "a.conf", .mode = 0644, .digest = digest}};
    return pod;
}

agent_policy::GeneratedPolicy policy_of(const agent_policy::Workload& pod) {
    agent_policy::ImageFacts facts;
    facts.config.entrypoint = {"/web"};
    const auto settings = agent_policy::read_settings("", agent_policy::NodeKind::redoubt).value();
    return agent_policy::generate_policy(pod, {{k_image, facts}}, settings.root()).value();
}

agent_policy::Decision decide(const std::string& kind, const std::string& bytes) {
    auto decider = agent_policy::Decider::load("policy.rego", policy_of(pod_as_written()).text).value();
    return decider->decide(kind, guest::policy::request_json(kind, bytes).value());
}

/// As a node has it, of the same manifest.
std::vector<launch::PodVolume> volumes_of_node() {
    return {{.name = "disk", .kind = PodVolumeKind::disk},
            {.name = "memory", .kind = PodVolumeKind::memory, .size_bytes = 1U << 20U},
            {.name = "config", .kind = PodVolumeKind::files, .files = {{.path = "a.conf", .bytes = "hello"}}},
            {.name = "words", .kind = PodVolumeKind::files, .files = {{.path = "word", .bytes = "any"}}}};
}

launch::NodeFacts confidential_node() {
    return {.kernel = "/guest/vmlinuz",
            .initramfs = "/guest/initramfs.cpio",
            .confidential_initramfs = "/guest/initramfs-confidential.cpio",
            .confidential = {.simulator = "/run/redoubt-simtee/simtee.sock", .has_relay = true}};
}

launch::LaunchPlan plan_of_pod() {
    launch::PodPlanRequest request;
    request.sandbox = SandboxId("sb1");
    request.runtime_directory = "/run/redoubt/vm/sb1";
    request.hostname = "shop";
    request.volumes = volumes_of_node();
    request.disks = {"/volumes/disk.img"};
    request.node = confidential_node();
    request.initdata = initdata::make_annotation(k_initdata).value();
    return launch::make_pod_plan(request).value();
}

launch::PlanRequest request_of_web() {
    launch::PlanRequest request;
    request.sandbox = SandboxId("sb1");
    request.runtime_directory = "/run/redoubt/vm/sb1";
    request.container = {.id = ContainerId("0123456789abcdef"), .command = {}, .terminal_size = {}};
    request.image = {.name = "web", .environment = {}, .entrypoint = {"/web"}, .command = {}};
    request.layers = {
        {.file = "/images/a.img", .root_hash = "11", .salt = "5a", .data_blocks = 10, .size_bytes = 1}};
    request.node = confidential_node();
    return request;
}

/// The image's layer is the guest's to fetch; what else the plan has is last.
launch::LaunchPlan plan_of_guest_that_pulls(const launch::PlanRequest& request) {
    auto plan = launch::make_plan(request).value();
    launch::state_for_policy({.pod = "shop", .name_space = "default", .container = "web", .image = k_image},
                             plan.container);
    const launch::GuestStorage image{.driver = "image_guest_pull",
                                     .driver_options = {},
                                     .source = k_image,
                                     .fstype = "overlay",
                                     .options = {},
                                     .mount_point = plan.container.root_path};
    plan.storages.erase(plan.storages.begin(),
                        plan.storages.end() - static_cast<std::ptrdiff_t>(request.volumes.size()));
    plan.storages.insert(plan.storages.begin(), image);
    return plan;
}

launch::LaunchPlan plan_of_member() {
    const auto volumes = volumes_of_node();
    auto request = request_of_web();
    const auto add = [&](std::size_t number, const char* target, bool read_only, const char* sub_path) {
        request.container.mounts.push_back({.kind = launch::MountKind::pod,
                                            .source = launch::pod_volume_folder(volumes[number]),
                                            .target = target,
                                            .read_only = read_only,
                                            .sub_path = sub_path});
    };
    add(0, "/disk", false, "");
    add(1, "/memory", false, "");
    add(2, "/etc/web", true, "");
    add(3, "/secret/word", true, "word");
    return plan_of_guest_that_pulls(request);
}

template <class Request>
void add_storages(const launch::LaunchPlan& plan, Request& request) {
    for (const auto& storage : plan.storages) {
        auto* out = request.add_storages();
        out->set_driver(storage.driver);
        out->mutable_driver_options()->Assign(storage.driver_options.begin(), storage.driver_options.end());
        out->set_source(storage.source);
        out->set_fstype(storage.fstype);
        out->mutable_options()->Assign(storage.options.begin(), storage.options.end());
        out->set_mount_point(storage.mount_point);
    }
}

agent_policy::Decision decide_sandbox(const launch::LaunchPlan& plan) {
    ::grpc::CreateSandboxRequest request;
    request.set_hostname("shop");
    request.set_sandbox_id("sb1");
    add_storages(plan, request);
    return decide("CreateSandboxRequest", request.SerializeAsString());
}

agent_policy::Decision decide_document(const launch::PodVolume& document) {
    agent::v1::PutDocumentRequest request;
    request.set_name(document.name);
    for (const auto& file : document.files) {
        auto* out = request.add_files();
        out->set_path(file.path);
        out->set_mode(file.mode);
        out->set_data(file.bytes);
    }
    return decide("PutDocumentRequest", request.SerializeAsString());
}

agent_policy::Decision decide_container(const launch::LaunchPlan& plan) {
    ::grpc::CreateContainerRequest request;
    request.set_container_id("0123456789abcdef");
    *request.mutable_oci() = node::agent_client::encode_spec(plan.container);
    add_storages(plan, request);
    return decide("CreateContainerRequest", request.SerializeAsString());
}

TEST(PolicyOfPodVolumes, AllowsWhatTheNodeAsksForInTheirOrder) {
    const auto pod = plan_of_pod();
    const auto sandbox = decide_sandbox(pod);
    EXPECT_TRUE(sandbox.allowed) << sandbox.summary();
    ASSERT_EQ(pod.documents.size(), 2U);
    for (const auto& document : pod.documents) {
        const auto put = decide_document(document);
        EXPECT_TRUE(put.allowed) << document.name << ": " << put.summary();
    }
    const auto container = decide_container(plan_of_member());
    EXPECT_TRUE(container.allowed) << container.summary();
}

TEST(PolicyOfPodVolumes, RefusesAnotherStorageOfTheSandbox) {
    const std::vector<std::function<void(launch::LaunchPlan&)>> changes = {
        [](auto& plan) { plan.storages[0].driver_options.clear(); }, // not encrypted
        [](auto& plan) { plan.storages[0].source = "/dev/vda"; },
        [](auto& plan) { plan.storages[0].mount_point += "x"; },
        [](auto& plan) { plan.storages[0].options.emplace_back("dax"); },
        [](auto& plan) { plan.storages[1].source = "/etc"; },
        [](auto& plan) { plan.storages[1].options.emplace_back("size=1k,uid=0"); },
    };
    for (std::size_t i = 0; i < changes.size(); ++i) {
        auto plan = plan_of_pod();
        changes[i](plan);
        EXPECT_FALSE(decide_sandbox(plan).allowed) << "change " << i;
    }
}

TEST(PolicyOfPodVolumes, TakesAKnownDocumentOnlyAsItsAuthorHadIt) {
    const auto good = volumes_of_node()[2];
    const std::vector<std::function<void(launch::PodVolume&)>> changes = {
        [](auto& document) { document.name = "other"; },
        [](auto& document) { document.files[0].bytes = "hello!"; },
        [](auto& document) { document.files[0].mode = 0755; },
        [](auto& document) { document.files[0].path = "b.conf"; },
        [](auto& document) { document.files.clear(); },
        [](auto& document) { document.files.push_back({.path = "more", .bytes = "x"}); },
        [](auto& document) { document.files.push_back(document.files[0]); },
    };
    ASSERT_TRUE(decide_document(good).allowed);
    for (std::size_t i = 0; i < changes.size(); ++i) {
        auto document = good;
        changes[i](document);
        EXPECT_FALSE(decide_document(document).allowed) << "change " << i;
    }
}

TEST(PolicyOfPodVolumes, SaysOfWhichDocumentsItKnowsNothing) {
    const auto policy = policy_of(pod_as_written());
    ASSERT_EQ(policy.warnings.size(), 1U);
    EXPECT_TRUE(policy.warnings[0].starts_with("volume 'words': its ConfigMap or Secret is not in these"))
        << policy.warnings[0];
}

TEST(PolicyOfPodVolumes, RefusesAnotherMountOfAVolume) {
    const std::vector<std::function<void(oci::Mount&)>> changes = {
        [](auto& mount) { mount.source = "/run/kata-containers/sandbox/config/config/../words"; },
        [](auto& mount) { mount.source = "/"; },
        [](auto& mount) { mount.options.back() = "rw"; },
        [](auto& mount) { mount.options.emplace_back("suid"); },
        [](auto& mount) { mount.destination = "/bin"; },
    };
    for (std::size_t i = 0; i < changes.size(); ++i) {
        auto plan = plan_of_member();
        const auto mount =
            std::ranges::find(plan.container.mounts, std::string("/etc/web"), &oci::Mount::destination);
        ASSERT_NE(mount, plan.container.mounts.end());
        changes[i](*mount);
        EXPECT_FALSE(decide_container(plan).allowed) << "change " << i;
    }
}

constexpr const char* k_volume_key = "kbs:///default/volume/db";

agent_policy::Workload pod_with_kept_volume() {
    agent_policy::Container container{.name = "web", .image = k_image};
    container.volumes = {{.volume = "db", .kind = VolumeKind::kept, .path = "/db", .key_uri = k_volume_key}};
    agent_policy::Workload pod{.kind = "Pod", .name = "shop", .pod_name_like = "shop"};
    pod.containers = {container};
    return pod;
}

/// As the node has it of that manifest.
launch::LaunchPlan plan_with_kept_volume() {
    auto request = request_of_web();
    request.container.mounts = {{.kind = launch::MountKind::volume, .source = "db", .target = "/db"}};
    request.volumes = {{.kind = launch::MountKind::volume,
                        .source = "db",
                        .file = "/volumes/db.img",
                        .is_encrypted = true,
                        .key_uri = k_volume_key}};
    return plan_of_guest_that_pulls(request);
}

agent_policy::Decision decide_kept(const launch::LaunchPlan& plan,
                                   const agent_policy::Workload& pod = pod_with_kept_volume()) {
    ::grpc::CreateContainerRequest request;
    request.set_container_id("0123456789abcdef");
    *request.mutable_oci() = node::agent_client::encode_spec(plan.container);
    add_storages(plan, request);
    auto decider = agent_policy::Decider::load("policy.rego", policy_of(pod).text).value();
    return decider->decide(
        "CreateContainerRequest",
        guest::policy::request_json("CreateContainerRequest", request.SerializeAsString()).value());
}

TEST(PolicyOfKeptVolumes, AllowsTheVolumeThatItsKeyOpens) {
    const auto decision = decide_kept(plan_with_kept_volume());
    EXPECT_TRUE(decision.allowed) << decision.summary();
    auto read_only = pod_with_kept_volume();
    read_only.containers[0].volumes[0].is_read_only = true;
    EXPECT_FALSE(decide_kept(plan_with_kept_volume(), read_only).allowed);
}

TEST(PolicyOfKeptVolumes, RefusesAnotherKeyNoKeyAndAnotherPlace) {
    const auto mount_of = [](launch::LaunchPlan& plan) {
        return std::ranges::find(plan.container.mounts, std::string("/db"), &oci::Mount::destination);
    };
    const std::vector<std::function<void(launch::LaunchPlan&)>> changes = {
        [](auto& plan) { plan.storages[1].driver_options.clear(); },
        [](auto& plan) { plan.storages[1].driver_options = {"encryption_key=ephemeral"}; },
        [](auto& plan) { plan.storages[1].driver_options = {"encryption_key=kbs:///default/volume/host"}; },
        [](auto& plan) { plan.storages[1].driver_options.emplace_back("encryption_key=ephemeral"); },
        [](auto& plan) { plan.storages[1].driver = "overlayfs"; },
        [](auto& plan) { plan.storages[1].options = {"ro"}; },
        [](auto& plan) { plan.storages[1].options.emplace_back("discard"); },
        [](auto& plan) { plan.storages[1].mount_point += "/../../rootfs"; },
        [](auto& plan) { plan.storages[1].mount_point = "/run/kata-containers/other/volumes/0"; },
        [](auto& plan) { plan.storages.push_back(plan.storages[1]); },
        [](auto& plan) { plan.storages.pop_back(); },
        [&](auto& plan) { mount_of(plan)->source = "/run/kata-containers/sandbox/volumes/x"; },
        [&](auto& plan) { mount_of(plan)->source += "/deeper"; },
        [&](auto& plan) {
            mount_of(plan)->source = "tmpfs";
            mount_of(plan)->type = "tmpfs";
        },
        [&](auto& plan) { mount_of(plan)->destination = "/elsewhere"; },
        [&](auto& plan) { plan.container.mounts.erase(mount_of(plan)); },
        [&](auto& plan) {
            plan.container.mounts.erase(mount_of(plan));
            plan.storages.pop_back();
        },
    };
    for (std::size_t i = 0; i < changes.size(); ++i) {
        auto plan = plan_with_kept_volume();
        changes[i](plan);
        EXPECT_FALSE(decide_kept(plan).allowed) << "change " << i;
    }
}

TEST(PolicyOfKeptVolumes, OneKeyIsOneVolumes) {
    auto pod = pod_with_kept_volume();
    pod.containers[0].volumes.push_back(
        {.volume = "other", .kind = VolumeKind::kept, .path = "/other", .key_uri = k_volume_key});
    agent_policy::ImageFacts facts;
    facts.config.entrypoint = {"/web"};
    const auto settings = agent_policy::read_settings("", agent_policy::NodeKind::redoubt).value();
    const auto made = agent_policy::generate_policy(pod, {{k_image, facts}}, settings.root());
    ASSERT_FALSE(made);
    EXPECT_TRUE(made.error().message.contains("each needs a key of its own")) << made.error().message;
    const auto kata = agent_policy::read_settings("", agent_policy::NodeKind::kata).value();
    EXPECT_FALSE(agent_policy::generate_policy(pod_with_kept_volume(), {{k_image, facts}}, kata.root()));
}

} // namespace
} // namespace redoubt::test
