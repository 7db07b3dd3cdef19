mod enumerate;
mod pairs;
mod ways_out;
