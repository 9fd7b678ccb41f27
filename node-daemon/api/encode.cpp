// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/api/encode.hpp"

#include "node-daemon/api/decode_mounts.hpp"
#include "node-daemon/api/decode_pods.hpp"

namespace redoubt::node::api {
namespace {

pb::LayerProgress::Phase encode(sandbox::LayerStep step) {
    switch (step) {
    case sandbox::LayerStep::waiting: return pb::LayerProgress::WAITING;
    case sandbox::LayerStep::downloading: return pb::LayerProgress::DOWNLOADING;
    case sandbox::LayerStep::converting: return pb::LayerProgress::CONVERTING;
    case sandbox::LayerStep::done: return pb::LayerProgress::DONE;
    case sandbox::LayerStep::exists: return pb::LayerProgress::EXISTS;
    }
    return pb::LayerProgress::PHASE_UNSPECIFIED;
}

pb::CheckResult::Verdict encode(sandbox::Verdict verdict) {
    switch (verdict) {
    case sandbox::Verdict::ok: return pb::CheckResult::OK;
    case sandbox::Verdict::warning: return pb::CheckResult::WARNING;
    case sandbox::Verdict::failed: return pb::CheckResult::FAILED;
    }
    return pb::CheckResult::VERDICT_UNSPECIFIED;
}

pb::ConfidentialInfo encode(const sandbox::ConfidentialInfo& info) {
    pb::ConfidentialInfo out;
    out.set_trust(info.trust);
    out.set_initdata_digest(info.initdata_digest);
    out.set_host_data(info.host_data);
    out.set_measurement(info.measurement);
    out.set_firmware(info.firmware);
    out.set_broker(info.broker);
    return out;
}

} // namespace

pb::SandboxInfo encode(const sandbox::SandboxInfo& sandbox) {
    pb::SandboxInfo out;
    out.set_id(sandbox.id.str());
    out.set_hypervisor(sandbox.hypervisor);
    out.set_accelerator(sandbox.accelerator);
    out.set_cloned(sandbox.is_clone);
    out.set_vmm_pid(sandbox.vmm_pid);
    out.set_vcpus(sandbox.vcpus);
    out.set_memory_bytes(sandbox.memory_bytes);
    out.set_kernel_cmdline(sandbox.kernel_cmdline);
    out.set_guest_kernel(sandbox.guest_kernel);
    out.set_agent_version(sandbox.agent_version);
    for (const auto& disk : sandbox.disks) {
        auto* added = out.add_disks();
        added->set_id(disk.id);
        added->set_path(disk.path.string());
        added->set_read_only(disk.read_only);
        added->set_root_hash(disk.root_hash);
    }
    for (const auto& interface : sandbox.interfaces) {
        auto* added = out.add_interfaces();
        added->set_name(interface.name);
        added->set_network(interface.network);
        added->set_mac(interface.mac);
        added->set_mtu(interface.mtu);
        for (const auto& address : interface.addresses) added->add_addresses(address);
    }
    if (!sandbox.confidential.trust.empty()) *out.mutable_confidential() = encode(sandbox.confidential);
    return out;
}

pb::ContainerState encode(sandbox::ContainerState state) {
    switch (state) {
    case sandbox::ContainerState::created: return pb::CREATED;
    case sandbox::ContainerState::starting: return pb::STARTING;
    case sandbox::ContainerState::running: return pb::RUNNING;
    case sandbox::ContainerState::stopping: return pb::STOPPING;
    case sandbox::ContainerState::exited: return pb::EXITED;
    }
    return pb::CONTAINER_STATE_UNSPECIFIED;
}

pb::ContainerSummary encode(const sandbox::ContainerSummary& summary) {
    pb::ContainerSummary out;
    out.set_id(summary.id.str());
    out.set_name(summary.name);
    out.set_image(summary.image);
    out.set_image_id(summary.image_id);
    for (const auto& word : summary.command) out.add_command(word);
    out.set_state(encode(summary.state));
    out.set_created_at(summary.created_at);
    out.set_started_at(summary.started_at);
    out.set_finished_at(summary.finished_at);
    out.set_exit_code(summary.exit_code);
    out.set_oom_killed(summary.oom_killed);
    out.set_reason(summary.reason);
    out.mutable_labels()->insert(summary.labels.begin(), summary.labels.end());
    out.set_restarts(summary.restarts);
    out.set_paused(summary.is_paused);
    out.set_pod(summary.pod.str());
    out.set_ready(summary.is_ready);
    out.set_runtime(std::string(launch::name_of(summary.level)));
    out.set_simulation(summary.is_simulation);
    return out;
}

pb::ContainerSpec encode(const sandbox::ContainerSpec& spec) {
    pb::ContainerSpec out;
    out.set_image(spec.image);
    out.set_name(spec.name);
    for (const auto& word : spec.entrypoint) out.add_entrypoint(word);
    out.set_without_entrypoint(spec.clear_entrypoint);
    for (const auto& word : spec.command) out.add_command(word);
    for (const auto& variable : spec.environment) {
        const auto equals = variable.find('=');
        auto* added = out.add_environment();
        added->set_name(variable.substr(0, equals));
        if (equals != std::string::npos) added->set_value(variable.substr(equals + 1));
    }
    out.set_working_directory(spec.working_directory);
    out.set_user(spec.user);
    out.set_terminal(spec.terminal);
    out.set_stdin_open(spec.stdin_open);
    out.set_read_only_rootfs(spec.read_only_rootfs);
    out.set_memory_bytes(spec.memory_bytes);
    out.set_cpus(spec.cpus);
    out.set_hostname(spec.hostname);
    out.set_auto_remove(spec.auto_remove);
    out.mutable_labels()->insert(spec.labels.begin(), spec.labels.end());
    out.mutable_annotations()->insert(spec.annotations.begin(), spec.annotations.end());
    out.set_terminal_rows(spec.terminal_size.rows);
    out.set_terminal_columns(spec.terminal_size.columns);
    out.set_stop_signal(spec.stop_signal);
    for (const auto& network : spec.networks) out.add_networks(network);
    for (const auto& port : spec.ports) {
        auto* added = out.add_ports();
        added->set_host_ip(port.host_ip);
        added->set_host_port(port.host_port);
        added->set_container_port(port.container_port);
        added->set_protocol(port.protocol);
    }
    encode_extras(spec, out);
    out.set_pod(spec.pod);
    out.set_init(spec.is_init);
    encode_probes(spec.probes, out);
    out.set_stop_seconds(spec.stop_seconds);
    return out;
}

pb::InspectContainerResponse encode(const sandbox::ContainerDetails& details) {
    pb::InspectContainerResponse out;
    *out.mutable_summary() = encode(details.summary);
    *out.mutable_spec() = encode(details.spec);
    *out.mutable_sandbox() = encode(details.sandbox);
    out.set_log_path(details.log_path.string());
    return out;
}

pb::LogsResponse encode(const sandbox::LogLine& line) {
    pb::LogsResponse out;
    out.set_time(line.time);
    out.set_stream(line.stream == sandbox::OutputStream::standard_error ? pb::STDERR : pb::STDOUT);
    out.set_line(line.text);
    out.set_partial(line.is_partial);
    return out;
}

pb::Event encode(const sandbox::NodeEvent& event) {
    pb::Event out;
    out.set_time(event.time);
    out.set_type(event.type);
    out.set_action(event.action);
    out.set_id(event.id);
    out.set_name(event.name);
    out.mutable_attributes()->insert(event.attributes.begin(), event.attributes.end());
    return out;
}

pb::Image encode(const sandbox::ImageInfo& image) {
    pb::Image out;
    out.set_id(image.id);
    out.set_manifest_digest(image.manifest_digest);
    for (const auto& name : image.names) out.add_names(name);
    out.set_size_bytes(image.size_bytes);
    out.set_created_at(image.created_at);
    out.set_pulled_at(image.pulled_at);
    out.set_platform(image.platform);
    out.set_encrypted(image.is_encrypted);
    return out;
}

pb::InspectImageResponse encode(const sandbox::ImageDetails& details) {
    pb::InspectImageResponse out;
    *out.mutable_image() = encode(details.image);
    for (const auto& layer : details.layers) {
        auto* added = out.add_layers();
        added->set_digest(layer.digest);
        added->set_diff_id(layer.diff_id);
        added->set_size_bytes(layer.size_bytes);
        added->set_conversion(layer.conversion);
        added->set_root_hash(layer.root_hash);
        added->set_salt(layer.salt);
        added->set_data_blocks(layer.data_blocks);
    }
    out.set_config_json(details.config_json);
    return out;
}

pb::LayerProgress encode(const sandbox::ImageLayerProgress& progress) {
    pb::LayerProgress out;
    out.set_digest(progress.digest);
    out.set_phase(encode(progress.step));
    out.set_done_bytes(progress.done_bytes);
    out.set_total_bytes(progress.total_bytes);
    return out;
}

pb::NodeInfo encode(const sandbox::NodeInfo& info) {
    pb::NodeInfo out;
    out.set_version(info.version);
    out.set_hostname(info.hostname);
    out.set_kernel(info.kernel);
    out.set_state_directory(info.state_directory.string());
    out.set_hypervisor_version(info.hypervisor_version);
    out.set_accelerator(info.accelerator);
    out.set_accelerator_reason(info.accelerator_reason);
    out.set_guest_kernel_sha384(info.guest_kernel_sha384);
    out.set_guest_initramfs_sha384(info.guest_initramfs_sha384);
    out.set_guest_version(info.guest_version);
    out.set_containers_running(info.containers_running);
    out.set_containers_total(info.containers_total);
    out.set_images(info.images);
    out.set_cpus(info.cpus);
    out.set_memory_bytes(info.memory_bytes);
    out.set_started_at(info.started_at);
    out.set_pool_size(info.pool_size);
    out.set_pool_waiting(info.pool_waiting);
    return out;
}

pb::CheckResult encode(const sandbox::NodeCheck& check) {
    pb::CheckResult out;
    out.set_name(check.name);
    out.set_verdict(encode(check.verdict));
    out.set_detail(check.detail);
    out.set_remedy(check.remedy);
    return out;
}

} // namespace redoubt::node::api
