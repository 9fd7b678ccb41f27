// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/progress.hpp"

#include <algorithm>

#include "common/config/quantity.hpp"
#include "node-daemon/ctl/table.hpp"

namespace redoubt::ctl {
namespace {

// An open enum: a newer daemon may know more phases.
std::string phase_text(pb::LayerProgress::Phase phase) {
    if (phase == pb::LayerProgress::WAITING) return "waiting";
    if (phase == pb::LayerProgress::DOWNLOADING) return "downloading";
    if (phase == pb::LayerProgress::CONVERTING) return "converting";
    if (phase == pb::LayerProgress::DONE) return "done";
    return phase == pb::LayerProgress::EXISTS ? "already here" : "";
}

std::string render_bar(std::uint64_t done, std::uint64_t total, std::size_t width) {
    const double part = std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
    const auto filled = static_cast<std::size_t>(part * static_cast<double>(width));
    std::string bar = std::string(filled, '=') + std::string(width - filled, ' ');
    if (filled < width) bar[filled] = '>';
    return std::format("[{}] {:3.0f}%", bar, part * 100);
}

bool is_moving(pb::LayerProgress::Phase phase) {
    return phase == pb::LayerProgress::DOWNLOADING || phase == pb::LayerProgress::CONVERTING;
}

} // namespace

std::string render_layer(const pb::LayerProgress& layer, std::chrono::seconds elapsed, std::size_t columns) {
    constexpr std::size_t k_bar = 24;
    std::string line = std::format("{:12}  {:12}", short_id(layer.digest()), phase_text(layer.phase()));
    if (is_moving(layer.phase()) && layer.total_bytes() > 0) {
        line +=
            std::format("  {}  {} / {}", render_bar(layer.done_bytes(), layer.total_bytes(), k_bar),
                        render_decimal_size(layer.done_bytes()), render_decimal_size(layer.total_bytes()));
    } else if (is_moving(layer.phase()) || layer.phase() == pb::LayerProgress::DONE) {
        const auto bytes = std::max(layer.done_bytes(), layer.total_bytes());
        if (bytes > 0) line += "  " + render_decimal_size(bytes);
    }
    if (elapsed.count() > 0) line += "  " + config::render_duration(elapsed);
    while (line.ends_with(' ')) line.pop_back();
    return columns == 0 ? line : line.substr(0, columns);
}

Progress::Layer& Progress::layer_of(const pb::LayerProgress& news, Clock::time_point now) {
    const auto found = std::ranges::find_if(
        layers_, [&](const Layer& layer) { return layer.state.digest() == news.digest(); });
    if (found != layers_.end()) return *found;
    layers_.push_back({{}, now, now});
    return layers_.back();
}

std::string Progress::update(const pb::LayerProgress& news, Clock::time_point now, std::size_t columns) {
    if (style_ == ProgressStyle::none) return "";
    Layer& layer = layer_of(news, now);
    const bool is_new_phase = layer.state.phase() != news.phase();
    if (layer.state.phase() == pb::LayerProgress::WAITING) layer.first_seen = now;
    layer.state = news;
    layer.last_seen = now;
    if (style_ == ProgressStyle::bars) return redraw(columns);
    if (!is_new_phase || news.phase() == pb::LayerProgress::WAITING) return "";
    const auto elapsed = std::chrono::duration_cast<std::chrono::seconds>(now - layer.first_seen);
    pb::LayerProgress plain = news;
    if (is_moving(news.phase())) plain.set_done_bytes(0);
    if (is_moving(news.phase())) plain.set_total_bytes(0);
    return render_layer(plain, elapsed, 0) + "\n";
}

std::string Progress::redraw(std::size_t columns) {
    // ESC [ n A: cursor up; ESC [ K: clear the rest of the line. Source: ECMA-48.
    std::string out = drawn_lines_ > 0 ? std::format("\x1b[{}A", drawn_lines_) : "";
    for (const auto& layer : layers_) {
        const auto elapsed =
            std::chrono::duration_cast<std::chrono::seconds>(layer.last_seen - layer.first_seen);
        out += "\r" + render_layer(layer.state, elapsed, columns) + "\x1b[K\n";
    }
    drawn_lines_ = layers_.size();
    return out;
}

} // namespace redoubt::ctl
