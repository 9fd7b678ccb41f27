// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include "node-daemon/launcher/protocol/messages.hpp"

namespace redoubt::node::launcher::test {

inline launch::VmSpec make_spec() {
    return {.id = SandboxId("ab12"),
            .kernel = "/not/told/kernel",
            .initramfs = "/not/told/initramfs",
            .cmdline = "console=hvc0 quiet",
            .vcpus = 2,
            .memory_bytes = 256U << 20U,
            .accelerator = launch::Accelerator::tcg,
            .runtime_directory = "/run/redoubt/vm/ab12",
            .disks = {{.id = "layer-0", .file = "/not/told/layer", .read_only = true, .lun = 1, .target = 2},
                      {.id = "volume-0", .file = "/not/told/volume", .read_only = false, .lun = 2}},
            .networks = {{.id = "eth0", .mac = "02:00:00:00:00:01", .mtu = 1400, .tap_queues = {7, 8}}}};
}

/// The same at the level confidential, with a simulator in the secure processor's place.
inline launch::VmSpec make_confidential_spec() {
    auto spec = make_spec();
    spec.level = launch::IsolationLevel::confidential;
    spec.cmdline += " redoubt.confidential=1 redoubt.simtee=1";
    spec.confidential =
        launch::SimulatedLaunch{.simulator = "/not/told/simtee.sock", .host_data = std::string(32, 'h')};
    spec.has_relay = true;
    return spec;
}

/// The first of them, in the place of a template's memory a descriptor.
inline launch::VmSpec make_clone_spec() {
    auto spec = make_spec();
    spec.of_template = {.role = launch::TemplateUse::Role::clone, .memory = 9};
    return spec;
}

inline network::AttachRequest make_attach() {
    return {.sandbox = SandboxId("ab12"),
            .interface = "eth0",
            .network = "redoubt",
            .ports = {{.host_ip = "127.0.0.1", .host_port = 8080, .container_port = 80, .protocol = "tcp"}},
            .names = {"web", "web.example"},
            .bandwidth = {.ingress = 1000, .egress = 2000}};
}

/// One of each kind.
inline std::vector<Request> make_requests() {
    const SandboxId id("ab12");
    return {Hello{},
            StartVm{make_spec()},
            CollectVm{id, 4711},
            KillVm{id},
            ReapVm{id},
            GetKnownNetworks{},
            MakeNamespace{id},
            RemoveNamespace{id},
            AdoptNamespace{id},
            Attach{make_attach()},
            Detach{id},
            CheckNetwork{id},
            MakeTap{{.sandbox = id, .interface = "eth0", .queues = 2}},
            CollectGarbage{{id, SandboxId("cd34")}},
            ListNetworks{},
            CreateNetwork{{.name = "blue",
                           .subnets = {"10.9.0.0/24"},
                           .is_internal = true,
                           .mtu = 1400,
                           .without_names = true}},
            RemoveNetwork{"blue"}};
}

inline std::vector<Answer> make_answers() {
    return {Error{Code::not_found, "no network 'blue'"},
            Done{},
            Welcome{"QEMU 10.0.8", "namespaces of every kind", true},
            VmStarted{4711, "123456", launch::IsolationLevel::confidential},
            VmEnded{1, std::nullopt},
            network::KnownNetworks{.names = {"redoubt"}, .problems = {"x.conflist: broken"}},
            network::Attachment{.dns = {"nameserver 10.9.0.1"}, .network_namespace = "/run/netns/ab12"},
            TapMade{{.name = "eth0",
                     .mac = "02:00:00:00:00:01",
                     .mtu = 1500,
                     .addresses = {{.address = "10.9.0.2", .prefix = 24, .is_v6 = false}}},
                    {{.destination = "", .gateway = "10.9.0.1", .device = "eth0", .source = ""}}},
            network::NetworkList{.networks = {{.name = "redoubt", .plugins = {"bridge"}}}, .problems = {}},
            network::NetworkInfo{.name = "blue",
                                 .plugins = {"bridge"},
                                 .bridge = "rdt-1",
                                 .subnets = {"10.9.0.0/24"},
                                 .is_default = false,
                                 .has_names = true,
                                 .is_made_here = true,
                                 .file = "/etc/cni/net.d/blue.conflist",
                                 .text = "{}"}};
}

} // namespace redoubt::node::launcher::test
