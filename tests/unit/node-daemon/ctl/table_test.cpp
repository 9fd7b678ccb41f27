// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/table.hpp"

#include <gtest/gtest.h>

#include "node-daemon/ctl/container_filter.hpp"
#include "node-daemon/ctl/json_output.hpp"
#include "tests/unit/node-daemon/ctl/golden.hpp"

namespace redoubt::ctl {
namespace {

constexpr UnixTime k_second = 1'000'000'000;
constexpr UnixTime k_now = 1'767'168'000 * k_second; // 2025-12-31T08:00:00Z

pb::ListContainersResponse some_containers() {
    pb::ListContainersResponse response;
    auto* running = response.add_containers();
    running->set_id("0123456789abcdef0123456789abcdef");
    running->set_name("web");
    running->set_image("registry.example/nginx:latest");
    running->set_image_id("sha256:aaaabbbbccccdddd");
    for (const auto* word : {"/docker-entrypoint.sh", "nginx", "-g", "daemon off;"})
        running->add_command(word);
    running->set_state(pb::RUNNING);
    running->set_created_at(k_now - 125 * k_second);
    running->set_started_at(k_now - 120 * k_second);
    running->set_runtime("gvisor");
    (*running->mutable_labels())["tier"] = "front";
    auto* ended = response.add_containers();
    ended->set_id("fedcba9876543210fedcba9876543210");
    ended->set_name("job");
    ended->set_image("localhost:5000/team/app:1");
    ended->add_command("sh\x1b[2J");
    ended->set_state(pb::EXITED);
    ended->set_created_at(k_now - 3 * 86'400 * k_second);
    ended->set_started_at(ended->created_at());
    ended->set_finished_at(k_now - 3 * k_second);
    ended->set_exit_code(137);
    ended->set_oom_killed(true);
    ended->set_reason("out of memory");
    ended->set_runtime("confidential");
    ended->set_simulation(true);
    auto* made = response.add_containers();
    made->set_id("11");
    made->set_name("new");
    made->set_state(pb::CREATED);
    made->set_created_at(k_now);
    return response;
}

std::vector<pb::ContainerSummary> as_vector(const pb::ListContainersResponse& response) {
    return {response.containers().begin(), response.containers().end()};
}

pb::ListImagesResponse some_images() {
    pb::ListImagesResponse response;
    auto* image = response.add_images();
    image->set_id("sha256:aaaabbbbccccddddeeeeffff");
    image->add_names("localhost:5000/busybox:latest");
    image->add_names("registry.example/busybox@sha256:0011");
    image->set_size_bytes(4'521'984);
    image->set_created_at(k_now - 40 * 86'400 * k_second);
    auto* nameless = response.add_images();
    nameless->set_id("sha256:0000");
    nameless->set_size_bytes(999);
    return response;
}

TEST(Table, PadsColumnsButTheLast) {
    EXPECT_EQ(render_table({{"A", "B"}, {"long", "x"}}), "A     B\nlong  x\n");
    EXPECT_EQ(render_table({{"é", "B"}, {"aa", "x"}}), "é   B\naa  x\n");
    EXPECT_EQ(render_table({}), "");
}

TEST(Table, ListsContainersAsPodmanDoes) {
    expect_golden("ps.txt", render_containers(as_vector(some_containers()), k_now, Truncate::yes));
    expect_golden("ps-no-trunc.txt", render_containers(as_vector(some_containers()), k_now, Truncate::no));
    EXPECT_EQ(render_containers({}, k_now, Truncate::yes),
              "CONTAINER ID  IMAGE  COMMAND  CREATED  STATUS  RUNTIME  NAMES\n");
}

TEST(Table, ListsImagesALineAName) {
    expect_golden("images.txt", render_images(some_images(), k_now, Truncate::yes));
}

TEST(Table, ShowsChecksWithTheirRemedies) {
    pb::CheckNodeResponse response;
    auto* ok = response.add_checks();
    ok->set_name("tools");
    ok->set_verdict(pb::CheckResult::OK);
    ok->set_detail("mkfs.erofs 1.8");
    auto* failed = response.add_checks();
    failed->set_name("guest image");
    failed->set_verdict(pb::CheckResult::FAILED);
    failed->set_detail("no kernel");
    failed->set_remedy("install redoubt-guest");
    expect_golden("checks.txt", render_checks(response));
    expect_golden("checks.json", checks_json(response));
}

TEST(Table, ShowsAnEventOnALine) {
    pb::Event event;
    event.set_time(k_now + 5);
    event.set_type("container");
    event.set_action("exit");
    event.set_id("0123");
    event.set_name("web");
    (*event.mutable_attributes())["exit_code"] = "0";
    EXPECT_EQ(render_event(event),
              "2025-12-31T08:00:00.000000005Z container exit 0123 (exit_code=0, name=web)\n");
    EXPECT_EQ(event_json_line(event),
              R"({"time":"2025-12-31T08:00:00.000000005Z","type":"container","action":"exit",)"
              R"("id":"0123","name":"web","attributes":{"exit_code":"0"}})"
              "\n");
}

TEST(Table, ShowsTheNode) {
    pb::NodeInfo info;
    info.set_hostname("node1");
    info.set_version("0.1.0");
    info.set_accelerator("tcg");
    info.set_accelerator_reason("/dev/kvm is not there");
    info.set_cpus(2);
    info.set_memory_bytes(8'000'000'000);
    info.set_containers_running(1);
    info.set_containers_total(3);
    info.set_started_at(k_now - 7200 * k_second);
    info.set_pool_size(2);
    info.set_pool_waiting(1);
    expect_golden("node-info.txt", render_node_info(info, k_now));
    expect_golden("node-info.json", node_info_json(info));
}

TEST(JsonOutput, IsStable) {
    expect_golden("ps.json", containers_json(as_vector(some_containers())));
    expect_golden("images.json", images_json(some_images()));
    EXPECT_EQ(containers_json({}), "[]\n");
    EXPECT_EQ(id_json("a"), "{\n  \"id\": \"a\"\n}\n");
    EXPECT_EQ(versions_json("1", nullptr), "{\n  \"client\": \"1\",\n  \"server\": null\n}\n");
}

TEST(JsonOutput, InspectShowsSpecificationAndVm) {
    pb::InspectContainerResponse details;
    *details.mutable_summary() = some_containers().containers(0);
    details.set_log_path("/var/lib/redoubt/c.log");
    details.mutable_spec()->set_image("nginx");
    auto* variable = details.mutable_spec()->add_environment();
    variable->set_name("A");
    variable->set_value("1");
    details.mutable_sandbox()->set_vmm_pid(42);
    details.mutable_sandbox()->set_memory_bytes(268435456);
    auto* disk = details.mutable_sandbox()->add_disks();
    disk->set_id("layer-0");
    disk->set_root_hash("abcd");
    disk->set_read_only(true);
    expect_golden("inspect.json", container_details_json({details}));
}

TEST(JsonOutput, AnImagesConfigIsJsonNotText) {
    pb::InspectImageResponse details;
    *details.mutable_image() = some_images().images(0);
    details.set_config_json(R"({"os":"linux","config":{"Cmd":["sh"]}})");
    auto* layer = details.add_layers();
    layer->set_diff_id("sha256:1");
    layer->set_data_blocks(7);
    expect_golden("image-inspect.json", image_details_json({details}));
}

TEST(JsonOutput, ALogLineThatIsNoUtf8IsStillJson) {
    pb::LogsResponse line;
    line.set_line("a\xff\"b");
    line.set_stream(pb::STDERR);
    EXPECT_EQ(log_json_line(line),
              "{\"time\":null,\"stream\":\"stderr\",\"line\":\"a\uFFFD\\\"b\",\"partial\":false}\n");
}

TEST(Table, SizesAreDecimal) {
    EXPECT_EQ(render_decimal_size(0), "0 B");
    EXPECT_EQ(render_decimal_size(999), "999 B");
    EXPECT_EQ(render_decimal_size(1500), "1.5 kB");
    EXPECT_EQ(render_decimal_size(4'521'984), "4.52 MB");
    EXPECT_EQ(render_decimal_size(123'456'789), "123 MB");
}

std::vector<std::string> names_of(const std::vector<std::string>& filters) {
    std::vector<std::string> names;
    const auto chosen = filter_containers(some_containers(), filters);
    if (!chosen) return {chosen.error().message};
    for (const auto& container : *chosen) names.push_back(container.name());
    return names;
}

TEST(ContainerFilter, ChoosesByEachKey) {
    using Names = std::vector<std::string>;
    EXPECT_EQ(names_of({}), (Names{"web", "job", "new"}));
    EXPECT_EQ(names_of({"name=e"}), (Names{"web", "new"}));
    EXPECT_EQ(names_of({"id=0123"}), (Names{"web"}));
    EXPECT_EQ(names_of({"status=exited", "status=created"}), (Names{"job", "new"}));
    EXPECT_EQ(names_of({"label=tier"}), (Names{"web"}));
    EXPECT_EQ(names_of({"label=tier=back"}), (Names{}));
    EXPECT_EQ(names_of({"ancestor=sha256:aaaabbbbccccdddd"}), (Names{"web"}));
    EXPECT_EQ(names_of({"name=e", "status=running"}), (Names{"web"}));
    EXPECT_EQ(filter_containers({}, {"colour=red"}).error().message,
              "--filter 'colour=red' is not name=, id=, label=, status= or ancestor=");
}

} // namespace
} // namespace redoubt::ctl
